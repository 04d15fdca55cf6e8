//! Puts proof of a validator's lie on the ledger, signed by this validator's own member.

use crate::{
    core::Core,
    mempool::{Admission, Source},
};
use hansa_consensus::Evidence;
use hansa_contracts::{
    call::{Call, Calls},
    governance,
};
use hansa_primitives::{Height, RequestId, Transaction, TransactionBody, codec};

/// Heights that the report stays valid for.
const VALID_FOR: u64 = 500;

/// Submits the evidence. If another validator was faster, the ledger refuses the second report.
pub(crate) fn report(core: &Core, evidence: &Evidence) {
    let id = evidence.id(&core.chain);
    let liar = core.set.member(evidence.who());
    let liar = liar.map_or_else(|| evidence.who().to_string(), ToString::to_string);
    tracing::error!(validator = liar, kind = evidence.kind(), %id, "a validator has lied");
    let Some(signer) = &core.keys.actor else {
        tracing::error!(%id, "no actor key is here to report it with; another validator will");
        return;
    };
    let roster = core.roster();
    let Some(member) = roster.active(&core.member) else { return };
    let call = governance::Call::ReportEvidence { evidence: codec::encode(evidence) };
    let mut request = [0; 16];
    request.copy_from_slice(&id.as_bytes()[..16]);
    let executed = core.ledger.executed().height;
    let parameters = &core.ledger.genesis().parameters;
    let body = TransactionBody {
        chain: core.chain.clone(),
        actor: member.actor,
        request: RequestId(request),
        valid_until: Height(executed.0 + VALID_FOR.min(parameters.transaction_window)),
        call: codec::encode(&Calls(vec![Call::Governance(call)])),
    };
    let transaction = Transaction::sign(body, signer.as_ref());
    let source = Source::Decoded(Box::new(transaction));
    core.admission.push(Admission { source, reply: None });
}
