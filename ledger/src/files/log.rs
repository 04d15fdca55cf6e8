//! RocksDB's log format, which its write-ahead logs and its manifest are kept in.
//!
//! ```text
//! file   = block*                       each 32 KiB, the last may be short
//! block  = record* zero padding         padding only where no header fits
//! record = masked CRC-32C (4) | length (2) | type (1) | payload
//! ```
//! The checksum covers type and payload. A logical record is one `full` record, or `first middle*
//! last`.

use super::{Damage, crc32c::masked};

const BLOCK: usize = 32 * 1024;
const HEADER: usize = 7;

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;
/// Records about the log itself: compression, timestamps, the log before.
const CONTROL: [u8; 3] = [9, 10, 130];

/// What a log holds up to its end or to its first damage.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Whole logical records before the damage.
    pub(crate) records: u64,
    /// The first place that does not hold.
    pub(crate) damage: Option<Damage>,
    /// Whether a whole logical record begins after the damage. A write that power failure cut short
    /// has nothing after it; a byte that changed later has.
    pub(crate) continues: bool,
    /// The sequence numbers of a write-ahead log's changes: the first, and the one after the last.
    /// In a manifest they mean nothing.
    pub(crate) sequences: Option<(u64, u64)>,
}

/// Reads a log from its first byte to its last.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut reader = Reader { bytes, position: 0 };
    let mut records = 0;
    let mut open: Option<usize> = None;
    let mut sequences: Option<(u64, u64)> = None;
    let mut head = Head::default();
    let damage = loop {
        let start = reader.position;
        let kind = match reader.next() {
            Ok(Some((kind, payload))) => {
                head.take(kind, payload);
                kind
            }
            Ok(None) => {
                break open.map(|first| Damage::at(first, "a record that ends within the file"));
            }
            Err(damage) => break Some(damage),
        };
        match (kind, open) {
            (FULL, None) => {
                records += 1;
                sequences = head.extend(sequences);
            }
            (FIRST, None) => open = Some(start),
            (MIDDLE, Some(_)) => {}
            (LAST, Some(_)) => {
                open = None;
                records += 1;
                sequences = head.extend(sequences);
            }
            (kind, None) if CONTROL.contains(&kind) => {}
            _ => break Some(Damage::at(start, "a record of the kind that may follow here")),
        }
    };
    let continues = damage.as_ref().is_some_and(|damage| begins_after(bytes, damage));
    Scan { records, damage, continues, sequences }
}

/// What a logical record of a write-ahead log begins with: the sequence number of its first change
/// (8 bytes) and the number of changes (4 bytes). A short first fragment may hold less.
#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    fn take(&mut self, kind: u8, payload: &[u8]) {
        if matches!(kind, FULL | FIRST) {
            self.0.clear();
        }
        let lacking = 12_usize.saturating_sub(self.0.len()).min(payload.len());
        self.0.extend_from_slice(&payload[..lacking]);
    }

    /// The run of sequence numbers with those of this record behind it.
    fn extend(&self, run: Option<(u64, u64)>) -> Option<(u64, u64)> {
        let (sequence, rest) = self.0.split_first_chunk::<8>()?;
        let sequence = u64::from_le_bytes(*sequence);
        let count = u32::from_le_bytes(*rest.first_chunk::<4>()?);
        let first = run.map_or(sequence, |(first, _)| first);
        Some((first, sequence.saturating_add(u64::from(count))))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Type and payload of the next physical record, behind which the reader then stands.
    fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, Damage> {
        let left = BLOCK - self.position % BLOCK;
        if left < HEADER {
            let end = (self.position + left).min(self.bytes.len());
            if self.bytes[self.position..end].iter().any(|byte| *byte != 0) {
                return Err(Damage::at(self.position, "zeros at the end of a block"));
            }
            self.position = end;
        }
        if self.position == self.bytes.len() {
            return Ok(None);
        }
        let (kind, end) = physical_record(self.bytes, self.position)?;
        let payload = &self.bytes[self.position + HEADER..end];
        self.position = end;
        Ok(Some((kind, payload)))
    }
}

/// Type and end of the physical record that begins at `start`.
fn physical_record(bytes: &[u8], start: usize) -> Result<(u8, usize), Damage> {
    let rest = &bytes[start..];
    let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else {
        return Err(Damage::at(start, "a whole record header"));
    };
    let stored = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
    let kind = header[6];
    let known = matches!(kind, FULL..=LAST) || CONTROL.contains(&kind);
    if !known {
        return Err(Damage::at(start, "a known record type"));
    }
    if length > BLOCK - HEADER - start % BLOCK || length > rest.len() {
        return Err(Damage::at(start, "a record that fits its block and the file"));
    }
    if masked(&[&[kind], &rest[..length]]) != stored {
        return Err(Damage::at(start, "a record with the checksum it carries"));
    }
    Ok((kind, start + HEADER + length))
}

/// Whether a logical record begins behind the damage: directly behind the damaged record, as far as
/// its length can be believed, or at the start of any later block.
fn begins_after(bytes: &[u8], damage: &Damage) -> bool {
    let start = damage.offset as usize;
    let next_block = (start / BLOCK + 1) * BLOCK;
    let mut entries: Vec<usize> = (next_block..bytes.len()).step_by(BLOCK).collect();
    if let Some(length) = bytes.get(start + 4..start + 6) {
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        entries.insert(0, start + HEADER + length);
    }
    entries.into_iter().any(|entry| {
        let end_of_block = (entry / BLOCK + 1) * BLOCK;
        let mut position = entry;
        while position < bytes.len() && position + HEADER <= end_of_block {
            match physical_record(bytes, position) {
                Ok((FULL | FIRST, _)) => return true,
                Ok((_, end)) => position = end,
                Err(_) => return false,
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn physical(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = masked(&[&[kind], payload]).to_le_bytes().to_vec();
        bytes.extend((payload.len() as u16).to_le_bytes());
        bytes.push(kind);
        bytes.extend(payload);
        bytes
    }

    /// Writes logical records as RocksDB does.
    fn log(records: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in records {
            let mut rest = record.as_slice();
            let mut first = true;
            loop {
                let left = BLOCK - bytes.len() % BLOCK;
                if left < HEADER {
                    bytes.resize(bytes.len() + left, 0);
                    continue;
                }
                let (now, later) = rest.split_at(rest.len().min(left - HEADER));
                let kind = match (first, later.is_empty()) {
                    (true, true) => FULL,
                    (true, false) => FIRST,
                    (false, true) => LAST,
                    (false, false) => MIDDLE,
                };
                bytes.extend(physical(kind, now));
                rest = later;
                first = false;
                if rest.is_empty() {
                    break;
                }
            }
        }
        bytes
    }

    fn sample() -> Vec<u8> {
        log(&[vec![1; 100], vec![2; 40_000], vec![3; 25_400], vec![4; 7], vec![5; 300]])
    }

    #[test]
    fn a_whole_log_is_whole() {
        let scan = scan(&sample());
        assert_eq!((scan.records, scan.damage), (5, None));
    }

    #[test]
    fn any_flipped_bit_is_found() {
        let good = sample();
        for offset in (0..200).chain((200..good.len()).step_by(97)) {
            let mut bad = good.clone();
            bad[offset] ^= 1 << (offset % 8);
            assert!(scan(&bad).damage.is_some(), "byte {offset}");
        }
    }

    #[test]
    fn a_cut_end_is_told_from_a_changed_middle() {
        let good = sample();
        let boundary = good.len() - 307;
        for length in boundary + 1..good.len() {
            let scan = scan(&good[..length]);
            assert!(scan.damage.is_some() && !scan.continues, "cut at {length}");
            assert_eq!(scan.records, 4);
        }
        let mut tail = good.clone();
        *tail.last_mut().unwrap() ^= 1;
        assert!(!scan(&tail).continues);
        let mut zeros = good.clone();
        zeros.extend([0; 64]);
        assert!(scan(&zeros).damage.is_some() && !scan(&zeros).continues);
        for offset in [0, 4, 6, 50, 120, 33_000] {
            let mut middle = good.clone();
            middle[offset] ^= 0x40;
            assert!(scan(&middle).continues, "byte {offset}");
        }
    }
}
