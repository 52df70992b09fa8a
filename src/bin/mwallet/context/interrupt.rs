//! Ctrl-C and its relatives: echo back on, unfinished files away, the exit status of a shell.

use dialoguer::console::Term;
use rustix::termios::{self, OptionalActions, SpecialCodeIndex, Termios};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use std::io;
use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// The special character that no key produces: `_POSIX_VDISABLE`.
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// How long a command that has saved may take to end: two seconds. What takes longer waits for somebody who
/// does not read its report.
const PAUSES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(10);

/// How the terminal was before a prompt switched its echo off; `None` while nothing is asked.
static BEFORE_PROMPT: Mutex<Option<Termios>> = Mutex::new(None);

fn before_prompt() -> MutexGuard<'static, Option<Termios>> {
    BEFORE_PROMPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has signals caught from the moment at which something is made that they would leave behind, and while a
/// prompt is open. Before, and in verbs that only read, they have their default effect, which leaves nothing
/// to be cleaned up and tells a shell the same status.
pub(crate) fn exit_cleanly_on_signals() {
    // Who catches it is told of a file that gets too long (`ulimit -f`) as of any other failure, instead of
    // ending there.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    // Of the first process of a container the kernel ignores what has its default effect (pid_namespaces(7)).
    if process::id() == 1 {
        watch();
    }
    mwallet::store::file::before_the_first_is_made(watch);
}

/// Watches for signals, from when it returns, in a thread of its own, where files may be removed and locks
/// taken.
///
/// Where the thread cannot be had, signals keep their default effect: the process ends, and files
/// are as whole as after a crash. So they are caught when it is there.
fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let (give, given) = mpsc::channel();
        let watch = move || {
            if let Ok(signals) = given.recv() {
                await_signal(signals);
            }
        };
        if thread::Builder::new().spawn(watch).is_ok()
            && let Ok(signals) = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])
        {
            // It waits for them.
            let _: Result<(), _> = give.send(signals);
        }
    });
}

/// Ends the process cleanly when a signal comes.
fn await_signal(mut signals: Signals) {
    let Some(signal) = signals.forever().next() else { return };
    if mwallet::store::file::has_saved() && before_prompt().is_none() {
        await_end(&mut signals);
    }
    let _stopped = mwallet::store::file::remove_unfinished();
    let mut status = 128 + signal;
    if let Some(terminal) = before_prompt().take() {
        if signal == SIGQUIT {
            status = 128 + SIGINT;
        }
        restore(&terminal);
        show_cursor();
        // The prompt's line is left. When the terminal is gone, that does not matter.
        drop(Term::stderr().write_line(""));
    }
    // Not `std::process::exit`: the main thread is still running, and exit handlers of the
    // C libraries must not run beside it.
    low_level::exit(status);
}

/// A command that has saved is all but done: it ends by itself, and says what it did, with its own exit
/// status. Returns when it does not end, or when another signal comes.
fn await_end(signals: &mut Signals) {
    for _ in 0..PAUSES {
        thread::sleep(PAUSE);
        if signals.pending().next().is_some() {
            return;
        }
    }
}

/// Remembers the terminal for the time of a prompt.
pub(crate) fn while_asking() -> Asking {
    watch();
    let before = termios::tcgetattr(io::stdin()).ok();
    if let Some(mut terminal) = before.clone() {
        // Ctrl-D would end the input and read as an empty password. It raises SIGQUIT instead.
        terminal.special_codes[SpecialCodeIndex::VQUIT] =
            terminal.special_codes[SpecialCodeIndex::VEOF];
        terminal.special_codes[SpecialCodeIndex::VEOF] = DISABLED;
        *before_prompt() = before;
        restore(&terminal);
    }
    Asking(())
}

/// A prompt is open until this is dropped.
pub(crate) struct Asking(());

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(terminal) = before_prompt().take() {
            // dialoguer leaves the echo off when reading fails half-way.
            restore(&terminal);
        }
    }
}

/// A question that was not answered leaves the cursor hidden.
pub(crate) fn show_cursor() {
    drop(Term::stderr().show_cursor());
}

fn restore(terminal: &Termios) {
    // A terminal that has gone away has no echo to restore.
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, terminal);
}
