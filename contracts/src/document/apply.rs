//! Registering and countersigning documents.

use super::{
    Availability, Call, CountersignRecord, VERSIONS_MAX, VersionRecord,
    read::{Place, latest, require_latest, require_version, sealed_by},
};
use crate::{
    event::Event,
    execute::Context,
    grant, key, registry,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, write},
    tree::{self, Tree},
};
use hansa_documents::{DocumentType, sealing::DocumentHeader};
use hansa_primitives::{Digest, DocumentId, Version, certificate::Role};
use hansa_zkp::{FieldBytes, document_leaf};

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::Register { header, availability } => register(overlay, context, header, availability),
        Call::Countersign { document, version, header } => {
            countersign(overlay, context, document, *version, header)
        }
    }
}

fn register(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    header: &DocumentHeader,
    availability: &Availability,
) -> Result<Vec<Event>, Rejection> {
    let owner = context.member();
    ensure!(
        header.owner == *owner,
        NotOwner,
        "the header names `{}` as the owner, `{owner}` signs",
        header.owner
    );
    check_header(context, header)?;
    check_succession(overlay, header)?;
    ensure!(
        availability.digest == header.sealed && availability.length == header.sealed_length,
        BadAvailability,
        "the availability certificate is for other bytes than the header"
    );
    availability.verify(overlay, &context.block.chain)?;
    // Whoever owns a version with these bytes is served them: nobody becomes that by copying the
    // digest from another's header.
    if let Some((document, version)) = sealed_by(overlay, &header.sealed) {
        let other = require_version(overlay, &document, version)?;
        ensure!(
            other.owner() == owner,
            BadAvailability,
            "the sealed bytes {} are those of a document of `{}`",
            header.sealed,
            other.owner()
        );
    }
    let leaf = append_leaf(overlay, context, header)?;
    let record = VersionRecord {
        header: header.clone(),
        hash: header.hash(&context.block.chain),
        leaf,
        actor: context.actor.actor,
        transaction: context.transaction,
        height: context.block.height,
        time: context.block.time,
    };
    let (document, version) = (header.document, header.version);
    write(overlay, key::version(&document, version), &record);
    write(overlay, key::latest(&document), &version);
    write(overlay, key::owner(owner, &document), &document);
    let place = Place { document, version };
    write(overlay, key::sealed(&header.sealed, &document, version), &place);
    Ok(vec![Event::DocumentRegistered {
        document,
        version,
        kind: header.kind.code(),
        owner: owner.clone(),
    }])
}

fn check_header(context: &Context<'_>, header: &DocumentHeader) -> Result<(), Rejection> {
    header.check(&context.block.chain).map_err(|error| rejection!(BadHeader, "{error}"))?;
    ensure!(
        header.issued_by == header.owner,
        NotIssuer,
        "the header names `{}` as the issuer, `{}` signs",
        header.issued_by,
        header.owner
    );
    let role = context.role();
    let may_issue = match header.kind {
        DocumentType::CertificateOfOrigin => role == Role::Chamber,
        DocumentType::InsurancePolicy => role == Role::Insurer,
        DocumentType::ClearanceNotice => role == Role::CustomsAuthority,
        DocumentType::Waybill => matches!(role, Role::Carrier | Role::FreightForwarder),
        DocumentType::ExportDeclaration | DocumentType::ImportDeclaration => {
            role == Role::FreightForwarder
        }
        _ => true,
    };
    ensure!(may_issue, IssuerRole, "a member that is {role} issues no {}", header.kind);
    Ok(())
}

fn check_succession(view: &dyn StateView, header: &DocumentHeader) -> Result<(), Rejection> {
    let Some(former) = latest(view, &header.document) else {
        ensure!(
            header.version == Version(1),
            VersionGap,
            "the first version is 1, not {}",
            header.version
        );
        return Ok(());
    };
    ensure!(
        *former.owner() == header.owner,
        NotOwner,
        "document {} is owned by `{}`",
        header.document,
        former.owner()
    );
    ensure!(
        header.version == former.version().next() && header.version.0 <= VERSIONS_MAX,
        VersionGap,
        "version {} follows {}, not {}",
        former.version().next(),
        former.version(),
        header.version
    );
    ensure!(
        header.previous == Some(former.hash),
        VersionGap,
        "the header does not name the hash {} of version {}",
        former.hash,
        former.version()
    );
    ensure!(
        header.kind == former.kind(),
        KindChanged,
        "document {} is {}, not {}",
        header.document,
        former.kind(),
        header.kind
    );
    Ok(())
}

/// The leaf that proofs about the document open. Entity and owner come from the registry, so that a
/// leaf can only ever speak of the member that registered it.
fn append_leaf(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    header: &DocumentHeader,
) -> Result<u64, Rejection> {
    let content = FieldBytes::parse(header.proof_leaf.0)
        .map_err(|_| rejection!(BadHeader, "the commitment for proofs is no field element"))?;
    let member = registry::require_member(overlay, context.member())?;
    let leaf = document_leaf(registry::entity(&member.id), member.owner, content);
    tree::append_leaf(overlay, Tree::Documents, context.block.height, leaf)
}

fn countersign(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    id: &DocumentId,
    version: Version,
    header: &Digest,
) -> Result<Vec<Event>, Rejection> {
    let record = require_latest(overlay, id, version)?;
    let by = context.member();
    ensure!(
        record.hash == *header,
        HeaderMismatch,
        "the registered header hashes to {}, the sender signed {header}",
        record.hash
    );
    ensure!(
        grant::reads(overlay, by, id, version, context.block.time),
        NoAccess,
        "member `{by}` may not read version {version} of document {id}"
    );
    let place = key::countersignature(id, version, by);
    ensure!(
        overlay.get(&place).is_none(),
        CountersignedTwice,
        "member `{by}` has countersigned version {version} of document {id}"
    );
    let countersign = CountersignRecord {
        member: by.clone(),
        actor: context.actor.actor,
        transaction: context.transaction,
        height: context.block.height,
        time: context.block.time,
    };
    write(overlay, place, &countersign);
    Ok(vec![Event::DocumentCountersigned {
        document: *id,
        version,
        owner: record.owner().clone(),
        by: by.clone(),
    }])
}
