//! A buffer for a body that arrives in pieces, which is never moved once it is long.
//!
//! A vector that grows to 16 MiB leaves blocks of every size behind, in which the allocator keeps the
//! memory for itself: after 150 long answers the process held 130 MiB that nothing counted. Pages of its own
//! take memory as they are first written, whatever was mapped, and go back whole; the kernel wipes
//! them (mmap(2), `MAP_ANONYMOUS`).

use std::io;

use bytes::Bytes;
use memmap2::MmapMut;

/// Bodies up to this long lie in a vector: less than that goes back to the system in no other way.
const SHORT: usize = 128 * 1024;

/// The step in which a long body takes memory, in bytes: a multiple of every page size.
const STEP: usize = 64 * 1024;

/// The least memory that is taken.
const FIRST: usize = 4096;

/// What has arrived of a body.
#[derive(Debug)]
pub(super) enum GrowingBuffer {
    Short(Vec<u8>),
    Long(Pages),
}

/// Bytes in pages that nothing else uses.
#[derive(Debug)]
pub(super) struct Pages {
    map: MmapMut,
    filled: usize,
}

impl AsRef<[u8]> for Pages {
    fn as_ref(&self) -> &[u8] {
        self.map.get(..self.filled).unwrap_or_default()
    }
}

impl GrowingBuffer {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(bytes) => bytes.len(),
            Self::Long(pages) => pages.filled,
        }
    }

    /// Returns how much memory it will take once it has `more` bytes more, in bytes: twice what is there
    /// for a short body, the next step for a long one; but not more than `whole`, the length that was
    /// declared, as far as that is enough.
    pub(super) fn room_for(&self, more: usize, whole: usize) -> usize {
        let needed = self.len().saturating_add(more);
        match self {
            Self::Short(bytes) if needed <= bytes.capacity() => bytes.capacity(),
            Self::Short(_) if needed <= SHORT => {
                let most = if whole >= needed { whole } else { usize::MAX };
                needed.saturating_mul(2).clamp(FIRST, SHORT).min(most)
            }
            Self::Short(_) | Self::Long(_) => needed.next_multiple_of(STEP),
        }
    }

    /// Appends bytes, in memory of `room` bytes as [`Self::room_for`] gave it. A body never gets longer
    /// than `limit`; address space for so many bytes is set aside when it turns long. Fails when the
    /// system has none.
    pub(super) fn append(&mut self, data: &[u8], room: usize, limit: usize) -> io::Result<()> {
        match self {
            Self::Short(bytes) if bytes.len().saturating_add(data.len()) <= SHORT => {
                bytes.reserve_exact(room.saturating_sub(bytes.len()));
                bytes.extend_from_slice(data);
                Ok(())
            }
            Self::Short(bytes) => {
                let mut pages = Pages::set_aside(limit)?;
                pages.append(bytes)?;
                pages.append(data)?;
                *self = Self::Long(pages);
                Ok(())
            }
            Self::Long(pages) => pages.append(data),
        }
    }
}

impl Pages {
    fn set_aside(limit: usize) -> io::Result<Self> {
        let map = MmapMut::map_anon(limit)?;
        // A huge page would be 2 MiB for one byte.
        #[cfg(target_os = "linux")]
        map.advise(memmap2::Advice::NoHugePage)?;
        Ok(Self { map, filled: 0 })
    }

    fn append(&mut self, data: &[u8]) -> io::Result<()> {
        let end = self.filled.saturating_add(data.len());
        let place = self.map.get_mut(self.filled..end).ok_or(io::ErrorKind::StorageFull)?;
        place.copy_from_slice(data);
        self.filled = end;
        Ok(())
    }
}

impl From<GrowingBuffer> for Bytes {
    fn from(buffer: GrowingBuffer) -> Self {
        match buffer {
            GrowingBuffer::Short(bytes) => Self::from(bytes),
            GrowingBuffer::Long(pages) => Self::from_owner(pages),
        }
    }
}
