//! Claims: what a validator signs when it leaves a view.

use super::Rank;
use bincode::{Decode, Encode};
use hansa_primitives::{
    ChainId, Epoch, Signature, ValidatorIndex, View,
    codec::{self, Canonical},
    hash,
};

/// "I vote in no view before this one, and the highest certificate I know of has this rank."
///
/// The rank is signed apart from the certificate, so that a quorum of claims is short and can be
/// carried along with the one certificate that is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Claim {
    /// The epoch.
    pub epoch: Epoch,
    /// The view that is asked for.
    pub view: View,
    /// The rank of the highest certificate.
    pub high: Rank,
}

impl Canonical for Claim {
    const BYTES_MAX: usize = 32;
}

impl Claim {
    /// The bytes that the signature covers.
    pub fn signing_bytes(&self, chain: &ChainId) -> Vec<u8> {
        hash::signing_bytes(chain, "view-change", &codec::encode(self))
    }
}

/// One validator's claim inside a [`NewView`](super::NewView), which holds what all claims share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct RankClaim {
    /// Whose claim.
    pub validator: ValidatorIndex,
    /// The rank it signed.
    pub high: Rank,
    /// Its signature on the [`Claim`].
    pub signature: Signature,
}
