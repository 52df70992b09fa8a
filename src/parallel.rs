//! The same work on many things at once.

use crate::limits;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Items of small work that are taken together: a thread costs as much as some fifty of them.
const SHARE: usize = 500;

/// The processors that this process may use; the system is asked once, which takes it dozens of calls.
#[must_use]
pub fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// The results of the work on each item, in the order of the items. At most [`limits::THREADS`] threads
/// take them one after the other, so that a slow one holds up nobody.
///
/// # Panics
///
/// When the work does.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() <= 1 || processors() == 1 {
        return items.iter().map(work).collect();
    }
    let threads = processors().min(limits::THREADS).min(items.len());
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else { return done };
            done.push((position, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        // This thread works as well, alone if the system gives it no help.
        let helpers: Vec<_> = (1..threads)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, worker).ok())
            .collect();
        let mut results = worker();
        for helper in helpers {
            results.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

/// As [`map`] for work of a few microseconds, of which 500 items are taken at a time.
///
/// # Panics
///
/// When the work does.
pub fn map_many<T: Sync, R: Send, W: Fn(&T) -> R + Sync>(
    items: &[T],
    work: W,
) -> impl Iterator<Item = R> + use<T, R, W> {
    let shares: Vec<&[T]> = items.chunks(SHARE).collect();
    map(&shares, |share| share.iter().map(&work).collect::<Vec<R>>()).into_iter().flatten()
}

/// Does one thing in another thread and one in this, which need not wait for the other to begin: what takes longer
/// is for `here`. Where there is no thread to be had, `there` comes first.
///
/// Whether there is another processor is not asked: the answer takes longer than a thread on the same one.
///
/// # Panics
///
/// When one of the two does.
pub fn join<A: Send, B>(there: impl Fn() -> A + Sync, here: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, &there) {
        Ok(other) => {
            let done = here();
            (other.join().unwrap_or_else(|panic| resume_unwind(panic)), done)
        }
        Err(_) => (there(), here()),
    })
}

#[cfg(test)]
mod tests {
    use super::{SHARE, join, map, map_many};

    #[test]
    fn both_are_done() {
        let (mut here, there) = (0, 3);
        let results = join(|| there + 1, || here += 1);
        assert_eq!((results, here), ((4, ()), 1));
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<u32> = (0..count).collect();
            let doubled: Vec<u32> = items.iter().map(|item| 2 * item).collect();
            assert_eq!(map(&items, |item| 2 * item), doubled);
        }
    }

    #[test]
    fn shares_come_in_the_order_of_the_items() {
        for count in [0, 1, SHARE - 1, 2 * SHARE, 7 * SHARE + 3] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| 2 * item).collect();
            assert!(map_many(&items, |item| 2 * item).eq(doubled));
        }
    }
}
