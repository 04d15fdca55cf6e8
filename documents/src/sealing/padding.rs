//! Padding to sizes that tell little.

/// Bytes of the smallest padded section.
const PADDED_BYTES_MIN: usize = 256;

/// The next size of Padmé: of a length with `e` bits, only the upper `log2 e` bits may vary.
fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let mantissa_bits = exponent.ilog2() + 1;
    let free_bits = exponent.saturating_sub(mantissa_bits);
    let mask = (1_usize << free_bits) - 1;
    (length + mask) & !mask
}

/// Appends a one bit and zeros up to a size of Padmé (ISO/IEC 7816-4 padding).
pub(super) fn pad(bytes: &mut Vec<u8>) {
    bytes.push(0x80);
    let padded = padme(bytes.len()).max(PADDED_BYTES_MIN);
    bytes.resize(padded, 0);
}

/// Takes the padding off; nothing if there is none, or not the one that [`pad`] makes.
pub(super) fn unpad(bytes: &mut Vec<u8>) -> Option<()> {
    let padded = bytes.len();
    let end = bytes.iter().rposition(|byte| *byte != 0)?;
    let well_formed = bytes[end] == 0x80 && padded == padme(end + 1).max(PADDED_BYTES_MIN);
    well_formed.then(|| bytes.truncate(end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_sizes_are_those_of_the_paper() {
        // Table in the paper's appendix: with E = ⌊log₂ L⌋ and S = ⌊log₂ E⌋ + 1, the last E − S
        // bits are 0.
        for (length, padded) in
            [(9, 10), (16, 16), (257, 272), (1000, 1024), (1_000_000, 1_015_808)]
        {
            assert_eq!(padme(length), padded, "{length}");
        }
    }

    proptest! {
        #[test]
        fn padding_comes_off_and_costs_little(length in 0_usize..200_000, fill in any::<u8>()) {
            let original = vec![fill; length];
            let mut bytes = original.clone();
            pad(&mut bytes);
            prop_assert!(bytes.len() >= 256);
            prop_assert!(bytes.len() == 256 || bytes.len() * 100 <= (length + 1) * 112);
            unpad(&mut bytes).unwrap();
            prop_assert_eq!(bytes, original);
        }

        #[test]
        fn other_padding_is_refused(extra in 1_usize..300) {
            let mut bytes = vec![1; 300];
            pad(&mut bytes);
            bytes.resize(bytes.len() + extra, 0);
            prop_assert!(unpad(&mut bytes).is_none() || padme(301) != 304);
            prop_assert!(unpad(&mut vec![0; extra]).is_none());
        }
    }
}
