//! The decision of customs.

use super::{Declarations, notice::Notice};
use crate::{clock::now, documents::Reader, error::Result, member::Committed};
use hansa_contracts::{
    call::{Call, Calls},
    clearance::{self, Decision},
    declaration::Kind,
    grant::Call as GrantCall,
};
use hansa_documents::{document::ResponseFunction, grant::GrantPurpose};
use hansa_primitives::{DocumentId, Ucr, Version};
use serde::Serialize;

/// How often the trader may pass its clearance certificate on.
const TRADER_PASSING_ON: u8 = 2;

/// A decision on the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Decided {
    /// The certificate, which was granted to the trader and to the declarant.
    pub certificate: Option<(DocumentId, Version)>,
    /// The transaction.
    pub committed: Committed,
}

impl Declarations<'_> {
    /// Decides on a declaration. A release or clearance comes with a certificate: a notice that is
    /// sealed, registered, and granted to the trader and the declarant in the same transaction.
    ///
    /// # Errors
    /// [`crate::Error::Rejected`] if this member is not the authority, the declaration is not
    /// cross-checked, or the decision does not fit its kind.
    pub async fn decide(&self, kind: Kind, ucr: &Ucr, decision: Decision) -> Result<Decided> {
        let function = match decision {
            Decision::Release => ResponseFunction::Released,
            Decision::Clear => ResponseFunction::Cleared,
            Decision::Hold | Decision::Refuse => {
                let call = decide_call(kind, ucr, decision, None);
                let committed = self.member.submit_and_wait(Calls(vec![call])).await?;
                return Ok(Decided { certificate: None, committed });
            }
        };
        let case = self.case(kind, ucr).await?;
        let notice = Notice { function, suffix: "CLEAR", notes: Vec::new(), decided: now() };
        let notice = self.notice(&case, &notice).await?;
        let purpose: [&[u8]; 3] = [b"decision", ucr.as_str().as_bytes(), kind.name().as_bytes()];
        let place = self.place(&purpose).await?;
        let prepared = self.documents().prepare(place, &notice, None).await?;
        let mut readers =
            vec![Reader { member: case.record.trader.clone(), passing_on: TRADER_PASSING_ON }];
        if case.record.declarant != case.record.trader {
            readers.push(Reader { member: case.record.declarant.clone(), passing_on: 0 });
        }
        let purpose = Some(GrantPurpose::Customs);
        let grants = self.documents().grants_of(&prepared, &readers, purpose).await?;
        let certificate = Some((prepared.header.document, prepared.header.version));
        let calls = vec![
            Call::from(prepared.register),
            GrantCall::Give { grants }.into(),
            decide_call(kind, ucr, decision, certificate),
        ];
        let committed = self.member.submit_and_wait(Calls(calls)).await?;
        Ok(Decided { certificate, committed })
    }
}

fn decide_call(
    kind: Kind,
    ucr: &Ucr,
    decision: Decision,
    certificate: Option<(DocumentId, Version)>,
) -> Call {
    clearance::Call::Decide { kind, ucr: ucr.clone(), decision, certificate }.into()
}
