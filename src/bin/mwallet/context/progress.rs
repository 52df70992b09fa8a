//! A bar for work that takes its time.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on stderr, or nothing where nobody looks.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(shown: bool) -> Self {
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        // The standard style stands in if this one is wrong, which a test of the tty would see.
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// So many are done of so many.
    pub(crate) fn show(&self, done: usize, all: usize) {
        self.0.set_length(all.try_into().unwrap_or(u64::MAX));
        self.0.set_position(done.try_into().unwrap_or(u64::MAX));
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
