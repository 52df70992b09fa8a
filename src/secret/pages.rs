//! Memory of its own for what is long, in huge pages where the system has them.
//!
//! Memory that is new to a process comes page by page, each at the cost of an interruption: with 4 KiB a
//! page that was a quarter of the time of an edit among 10,000 certificates (`docs/performance.md`).

use memmap2::MmapMut;
use std::io;

/// A huge page, in bytes: of x86, and of ARM with its usual pages. What is shorter gains nothing.
pub(super) const HUGE_PAGE: usize = 2 << 20;

/// What costs as much page by page as a huge page that is cleared whole.
#[cfg(target_os = "linux")]
const SHORT_REST: usize = HUGE_PAGE / 4;

/// A buffer of fixed room.
pub(super) struct Pages {
    map: MmapMut,
    length: usize,
    /// Up to where something may have been written.
    touched: usize,
}

impl Pages {
    /// Nothing yet, and room for this many bytes, of which there must be some.
    ///
    /// # Errors
    ///
    /// No memory.
    pub(super) fn with_room(room: usize) -> io::Result<Self> {
        // Linux puts maps on the bounds of huge pages whose length is a multiple of theirs. What is never touched
        // is never there, but for the rest of a huge page.
        let map = MmapMut::map_anon(room.next_multiple_of(HUGE_PAGE))?;
        // A short rest stays as it is: a huge page would have to be cleared whole. Where there are none, others do.
        #[cfg(target_os = "linux")]
        let _ = {
            let rest = room % HUGE_PAGE;
            let huge = if rest < SHORT_REST { room - rest } else { map.len() };
            map.advise_range(memmap2::Advice::HugePage, 0, huge)
        };
        Ok(Self { map, length: 0, touched: 0 })
    }

    pub(super) fn room(&self) -> usize {
        self.map.len()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.map[..self.length]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.map[..self.length]
    }

    /// Appends bytes, for which there must be room.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        self.map[self.length..end].copy_from_slice(bytes);
        self.set_length(end);
    }

    /// Cuts the bytes off behind `length`, or makes what follows part of it: zeros, or what was cut off.
    pub(super) fn set_length(&mut self, length: usize) {
        self.length = length;
        self.touched = self.touched.max(length);
    }

    /// Everything that was ever written.
    pub(super) fn touched_mut(&mut self) -> &mut [u8] {
        &mut self.map[..self.touched]
    }
}
