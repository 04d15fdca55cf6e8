//! Who calls: the member that the client's TLS certificate names, if the registry has it active.
//!
//! The check is made on every call, so a revocation also ends what runs over connections that were
//! opened before it.

use super::error::failure;
use crate::handle::NodeHandle;
use hansa_primitives::{
    Digest, MemberId,
    certificate::{Role, member_named_in},
    hash::sha256,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tonic::{Code, Request, Status, service::Interceptor};

/// Certificates whose member is remembered.
const KNOWN_MAX: usize = 1024;

/// The member on whose behalf a call is made. In the extensions of every request that reaches a
/// service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The member.
    pub(crate) member: MemberId,
    /// Its role in the trade.
    pub(crate) role: Role,
}

/// Lets calls of active members through.
#[derive(Clone)]
pub(super) struct Gate {
    handle: NodeHandle,
    known: Arc<Mutex<HashMap<Digest, MemberId>>>,
}

impl Gate {
    pub(super) fn new(handle: NodeHandle) -> Self {
        Self { handle, known: Arc::default() }
    }

    fn member(&self, der: &[u8]) -> Result<MemberId, Status> {
        let digest = sha256(&[der]);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(member) = known.get(&digest) {
            return Ok(member.clone());
        }
        let member = member_named_in(der).map_err(|_| {
            unauthenticated(
                "CERTIFICATE_WITHOUT_MEMBER",
                "the client certificate names no member",
                "have the consortium issue a TLS certificate with the URI urn:hansa:member:<id>",
            )
        })?;
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(digest, member.clone());
        Ok(member)
    }
}

impl Interceptor for Gate {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let certificates = request.peer_certs();
        let leaf = certificates.as_ref().and_then(|chain| chain.first()).ok_or_else(|| {
            unauthenticated(
                "NO_CERTIFICATE",
                "the connection carries no client certificate",
                "connect with the member's TLS certificate",
            )
        })?;
        let member = self.member(leaf)?;
        let caller = check(&self.handle, &member)?;
        request.extensions_mut().insert(caller);
        Ok(request)
    }
}

/// The caller, if the member may still call.
pub(super) fn check(handle: &NodeHandle, member: &MemberId) -> Result<Caller, Status> {
    let roster = handle.roster();
    match (roster.active(member), roster.member(member)) {
        (Some(record), _) => Ok(Caller { member: member.clone(), role: record.role }),
        (None, Some(_)) => Err(unauthenticated(
            "MEMBER_REVOKED",
            &format!("the certificate of member `{member}` is revoked"),
            "have a new certificate issued and registered",
        )),
        (None, None) => Err(unauthenticated(
            "UNKNOWN_MEMBER",
            &format!("`{member}` is no member of this ledger"),
            "have the member admitted first",
        )),
    }
}

/// The caller that the gate let through.
pub(super) fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    request.extensions().get::<Caller>().cloned().ok_or_else(|| {
        unauthenticated("NO_CALLER", "the call did not pass the gate", "report this as a fault")
    })
}

fn unauthenticated(reason: &'static str, message: &str, hint: &str) -> Status {
    failure(Code::Unauthenticated, reason, message, hint)
}
