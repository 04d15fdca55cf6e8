//! One frame: a record with its checksum, sequence and length.

/// Frames start at multiples of this; disks write so much at once.
pub(super) const FRAME_BYTES: usize = 4096;
pub(super) const KIND_SAFETY: u32 = 1;
pub(super) const KIND_HEADER: u32 = 2;

const MAGIC: u32 = u32::from_le_bytes(*b"HJv1");
const PREFIX_BYTES: usize = 32;

/// A frame, its payload borrowed from the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) sequence: u64,
    pub(super) synced: u64,
    pub(super) kind: u32,
    pub(super) payload: &'a [u8],
}

/// Bytes that a payload takes in the file.
pub(super) fn padded(payload: usize) -> usize {
    (PREFIX_BYTES + payload).next_multiple_of(FRAME_BYTES)
}

impl<'a> Frame<'a> {
    pub(super) fn bytes(&self) -> usize {
        padded(self.payload.len())
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.reserve(self.bytes());
        bytes.extend_from_slice(&MAGIC.to_le_bytes());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&self.synced.to_le_bytes());
        bytes.extend_from_slice(&self.kind.to_le_bytes());
        bytes.extend_from_slice(&(self.payload.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.payload);
        let checksum = crc32(&bytes[4..]);
        bytes[..4].copy_from_slice(&checksum.to_le_bytes());
        bytes.resize(self.bytes(), 0);
        bytes
    }

    /// The frame at the start of `bytes`, if a whole one is there.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let prefix = bytes.get(..PREFIX_BYTES)?;
        let word = |at: usize| prefix[at..at + 4].try_into().map(u32::from_le_bytes).ok();
        let long = |at: usize| prefix[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        if word(4)? != MAGIC {
            return None;
        }
        let end = PREFIX_BYTES.checked_add(word(28)? as usize)?;
        let covered = bytes.get(4..end)?;
        if crc32(covered) != word(0)? || !matches!(word(24)?, KIND_SAFETY | KIND_HEADER) {
            return None;
        }
        Some(Self {
            sequence: long(8)?,
            synced: long(16)?,
            kind: word(24)?,
            payload: &bytes[PREFIX_BYTES..end],
        })
    }
}

/// CRC-32 (IEEE 802.3, reflected), a byte at a time.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    let step = |crc: u32, byte: &u8| TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8);
    !bytes.iter().fold(u32::MAX, step)
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_crc_catalogue_holds() {
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }
}
