//! Merkle trees: ordered lists (RFC 6962) and authenticated maps (sparse).

pub mod rfc6962;
pub mod sparse;
