//! Places in the state tree, four bits a step.

use hansa_primitives::{Digest, Height};

/// The number of steps from the root to the last bit of a key's place.
pub(crate) const STEPS_MAX: u8 = 64;

/// The first steps of a key's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    length: u8,
    bytes: [u8; 32],
}

impl Path {
    pub(crate) const ROOT: Self = Self { length: 0, bytes: [0; 32] };

    pub(crate) fn length(&self) -> u8 {
        self.length
    }

    /// One step further.
    pub(crate) fn child(mut self, step: u8) -> Self {
        let shift = if self.length.is_multiple_of(2) { 4 } else { 0 };
        self.bytes[usize::from(self.length / 2)] |= step << shift;
        self.length += 1;
        self
    }

    /// The step that a key takes after this path.
    pub(crate) fn step_of(&self, place: &Digest) -> u8 {
        let byte = place.0[usize::from(self.length / 2)];
        if self.length.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f }
    }
}

/// A stored node: where it stands, and the height that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeKey {
    pub(crate) version: Height,
    pub(crate) path: Path,
}

impl NodeKey {
    /// Version first: a block's nodes go to the end of the family, which keeps compaction cheap.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let used = usize::from(self.path.length.div_ceil(2));
        let mut bytes = Vec::with_capacity(9 + used);
        bytes.extend_from_slice(&self.version.0.to_be_bytes());
        bytes.push(self.path.length);
        bytes.extend_from_slice(&self.path.bytes[..used]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_the_digits_of_the_place() {
        let place = Digest([0x3c; 32]);
        let mut path = Path::ROOT;
        for depth in 0..STEPS_MAX {
            let step = path.step_of(&place);
            assert_eq!(step, if depth % 2 == 0 { 3 } else { 12 });
            path = path.child(step);
        }
        assert_eq!((path.length(), path.bytes), (64, place.0));
    }
}
