//! Documents: sealed and registered, granted, opened, countersigned.

mod access;
mod fields;
mod grant;
mod list;
mod open;
mod upload;

pub use access::{Access, GrantSummary};
pub use grant::{GrantOrder, Granted};
pub use list::{DocumentSummary, Issuer};
pub use open::{Content, Opened};
pub use upload::{Draft, Upload, Uploaded};

pub(crate) use fields::{opening, slots};
pub(crate) use grant::{Right, WrapFor, best_right};
pub(crate) use upload::{Place, Prepared, attach};

use crate::{
    error::{Error, Result},
    member::{Committed, Member},
};
use hansa_contracts::{
    call::{Call, Calls},
    document::{self, VersionRecord},
    grant::Call as GrantCall,
};
use hansa_primitives::{DocumentId, GrantId, MemberId, Version};

/// A member's work with documents.
pub struct Documents<'a> {
    pub(crate) member: &'a Member,
}

/// Who is to read, and how many times it may be passed on, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The reader.
    pub member: MemberId,
    /// 0 for not at all.
    pub passing_on: u8,
}

impl Member {
    /// Work with documents.
    pub fn documents(&self) -> Documents<'_> {
        Documents { member: self }
    }
}

impl Documents<'_> {
    /// A version of a document, the latest if none is named, proven under a quorum's certificate.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the ledger has no such version.
    pub async fn record(
        &self,
        document: &DocumentId,
        version: Option<Version>,
    ) -> Result<VersionRecord> {
        let missing = || {
            let what = match version {
                Some(version) => format!("version {version} of document {document}"),
                None => format!("document {document}"),
            };
            Error::not_found(what, "check the document's id")
        };
        let version = match version {
            Some(version) => version,
            None => {
                let latest = |view: &dyn hansa_contracts::state::StateView| {
                    document::latest_version(view, document)
                };
                self.member.read(latest).await?.ok_or_else(missing)?
            }
        };
        let key = hansa_contracts::key::version(document, version);
        self.member.read_settled(&key).await?.ok_or_else(missing)
    }

    /// Ends a grant and all that was passed on from it. What was read stays read.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the grant is neither this member's nor on a document of its own.
    pub async fn revoke(&self, grant: &GrantId) -> Result<Committed> {
        let call = GrantCall::Revoke { grant: *grant };
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }

    /// Puts this member's name under a version: opens it, checks it against its commitments, and
    /// signs the hash of the header that was checked.
    ///
    /// # Errors
    /// [`Error::Denied`] if this member cannot read the version; [`Error::Rejected`] if there is a
    /// later one.
    pub async fn countersign(&self, document: &DocumentId, version: Version) -> Result<Committed> {
        let opened = self.open(document, Some(version)).await?;
        let header = opened.record.header.hash(self.member.chain());
        if header != opened.record.hash {
            let what = format!("the registered hash of document {document}");
            return Err(Error::integrity(what, "it is not that of the registered header"));
        }
        let call = document::Call::Countersign { document: *document, version, header };
        self.member.submit_and_wait(Calls::from(Call::from(call))).await
    }
}
