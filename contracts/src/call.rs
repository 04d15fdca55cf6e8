//! What an actor can ask of the contracts.

use crate::{
    clearance, declaration, document, financing, governance, grant, proof, registry, shipment,
};
use bincode::{Decode, Encode};
use hansa_primitives::{codec::Canonical, limits};

/// Calls that one transaction may carry.
pub const CALLS_MAX: usize = 16;

/// The calls of one transaction, applied in order, all or none: the content of
/// [`hansa_primitives::TransactionBody::call`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Calls(pub Vec<Call>);

impl Canonical for Calls {
    const BYTES_MAX: usize = limits::CALL_BYTES_MAX;
}

impl From<Call> for Calls {
    fn from(call: Call) -> Self {
        Self(vec![call])
    }
}

/// One call. The order of the variants is part of the ledger's format; new ones go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Members, certificates, revocation.
    Registry(registry::Call),
    /// Versions of documents and countersignatures.
    Document(document::Call),
    /// Keys of documents for readers.
    Grant(grant::Call),
    /// Shipments, their papers and movements.
    Shipment(shipment::Call),
    /// Customs declarations, on the declarant's side.
    Declaration(declaration::Call),
    /// Customs declarations, on the authority's side.
    Clearance(clearance::Call),
    /// Registration of financings.
    Financing(financing::Call),
    /// Verifying keys of proofs.
    Proof(proof::Call),
    /// Evidence against validators.
    Governance(governance::Call),
}

macro_rules! from_domain {
    ($($domain:ident $variant:ident),+) => {
        $(impl From<$domain::Call> for Call {
            fn from(call: $domain::Call) -> Self {
                Self::$variant(call)
            }
        })+
    };
}

from_domain!(
    registry Registry, document Document, grant Grant, shipment Shipment,
    declaration Declaration, clearance Clearance, financing Financing, proof Proof,
    governance Governance
);
