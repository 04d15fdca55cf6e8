//! RocksDB's block-based table format, version 6.
//!
//! ```text
//! file   = data block* meta block* metaindex block footer
//! block  = contents | compression type (1) | checksum (4)
//! footer = checksum type (1) | extended magic (4) | checksum (4) | base context (4)
//!        | metaindex size (4) | zeros (24) | format version (4) | magic (8)
//! ```
//! A checksum is the masked CRC-32C plus a modifier made of the file's base context and the block's
//! offset, so that a block copied from elsewhere does not pass. The store writes its tables without
//! compression (they hold hashes, signatures and ciphertext), so the index can be read here.

use super::{Damage, crc32c::masked};

const FOOTER: usize = 53;
const TRAILER: usize = 5;
const MAGIC: u64 = 0x88e2_41b7_85f4_cff7;
const EXTENDED_MAGIC: [u8; 4] = [0x3e, 0x00, 0x7a, 0x00];
/// The version that the store is told to write.
pub(crate) const FORMAT_VERSION: u32 = 6;
const CRC32C: u8 = 1;
const INDEX: &[u8] = b"rocksdb.index";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    offset: usize,
    size: usize,
}

/// Checks every block of a table, and that blocks and footer cover every byte of it. Gives the
/// number of blocks.
pub(crate) fn check(bytes: &[u8]) -> Result<u64, Damage> {
    let footer = Footer::read(bytes)?;
    let blocks_end = bytes.len() - FOOTER;
    let metaindex_size = footer.metaindex_size as usize;
    let metaindex = blocks_end
        .checked_sub(metaindex_size + TRAILER)
        .map(|offset| Extent { offset, size: metaindex_size })
        .ok_or(Damage::at(blocks_end, "a metaindex that fits the file"))?;
    let mut extents = vec![metaindex];
    for entry in entries(footer.block(bytes, metaindex)?, metaindex.offset, true)? {
        let (name, extent) = entry;
        let contents = footer.block(bytes, extent)?;
        extents.push(extent);
        if name == INDEX {
            for (_, extent) in entries(contents, extent.offset, false)? {
                footer.block(bytes, extent)?;
                extents.push(extent);
            }
        }
    }
    extents.sort_unstable();
    let mut covered = 0;
    for extent in &extents {
        if extent.offset != covered {
            return Err(Damage::at(covered, "a block in every part of the file"));
        }
        covered += extent.size + TRAILER;
    }
    if covered != blocks_end {
        return Err(Damage::at(covered, "blocks up to the footer"));
    }
    Ok(extents.len() as u64)
}

struct Footer {
    base_context: u32,
    metaindex_size: u32,
}

impl Footer {
    fn read(bytes: &[u8]) -> Result<Self, Damage> {
        let Some((rest, footer)) = bytes.split_last_chunk::<FOOTER>() else {
            return Err(Damage::at(0, "a file with a footer"));
        };
        let start = rest.len();
        let number = |from: usize| {
            u32::from_le_bytes([footer[from], footer[from + 1], footer[from + 2], footer[from + 3]])
        };
        let magic = u64::from(number(45)) | u64::from(number(49)) << 32;
        if magic != MAGIC {
            return Err(Damage::at(start + 45, "the magic number of a block-based table"));
        }
        if number(41) != FORMAT_VERSION {
            return Err(Damage::at(start + 41, "table format version 6"));
        }
        if footer[0] != CRC32C || footer[1..5] != EXTENDED_MAGIC {
            return Err(Damage::at(start, "a footer with CRC-32C checksums"));
        }
        let footer_zeroed = {
            let mut copy = *footer;
            copy[5..9].fill(0);
            copy
        };
        let base_context = number(9);
        let expected = masked(&[&footer_zeroed]).wrapping_add(modifier(base_context, start));
        if number(5) != expected {
            return Err(Damage::at(start, "a footer with the checksum it carries"));
        }
        Ok(Self { base_context, metaindex_size: number(13) })
    }

    /// The contents of a block whose checksum holds.
    fn block<'a>(&self, bytes: &'a [u8], extent: Extent) -> Result<&'a [u8], Damage> {
        let Extent { offset, size } = extent;
        let framed = size.checked_add(TRAILER).and_then(|size| offset.checked_add(size));
        let (Some(end), true) = (framed, offset <= bytes.len()) else {
            return Err(Damage::at(bytes.len(), "a block within the file"));
        };
        let Some((contents, trailer)) =
            bytes.get(offset..end).and_then(<[u8]>::split_last_chunk::<TRAILER>)
        else {
            return Err(Damage::at(offset, "a block within the file"));
        };
        let stored = u32::from_le_bytes([trailer[1], trailer[2], trailer[3], trailer[4]]);
        let expected =
            masked(&[contents, &trailer[..1]]).wrapping_add(modifier(self.base_context, offset));
        if stored != expected {
            return Err(Damage::at(offset, "a block with the checksum it carries"));
        }
        Ok(contents)
    }
}

fn modifier(base_context: u32, offset: usize) -> u32 {
    if base_context == 0 {
        return 0;
    }
    let offset = offset as u64;
    base_context ^ (offset as u32).wrapping_add((offset >> 32) as u32)
}

/// The entries of a metaindex or index block: names, and the extents they stand for.
///
/// Both are written with a restart point at every entry, so that keys are whole. Entries of a
/// metaindex give the length of their value, those of an index do not.
fn entries(block: &[u8], place: usize, with_length: bool) -> Result<Vec<(&[u8], Extent)>, Damage> {
    let broken = || Damage::at(place, "a block of entries");
    let (rest, packed) = block.split_last_chunk::<4>().ok_or_else(broken)?;
    // The upper bits tell of features; the lower ones count the restart points.
    let restarts = (u32::from_le_bytes(*packed) & 0x0fff_ffff) as usize;
    let end = restarts.checked_mul(4).and_then(|bytes| rest.len().checked_sub(bytes));
    let mut rest = &rest[..end.ok_or_else(broken)?];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let shared = varint(&mut rest).ok_or_else(broken)?;
        let unshared = varint(&mut rest).ok_or_else(broken)? as usize;
        if with_length {
            varint(&mut rest).ok_or_else(broken)?;
        }
        if shared != 0 || unshared > rest.len() {
            return Err(broken());
        }
        let (name, value) = rest.split_at(unshared);
        rest = value;
        let offset = varint(&mut rest).ok_or_else(broken)? as usize;
        let size = varint(&mut rest).ok_or_else(broken)? as usize;
        found.push((name, Extent { offset, size }));
    }
    Ok(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
