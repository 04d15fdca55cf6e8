//! Changing the registry.

use super::{
    ActorRecord, Admission, Call, MemberRecord, NodeAddress, Status,
    read::{actor, anchors, is_validator, member},
    record::{AnchorRecord, KeyUse, ListNumber, PeerOwner, Purpose},
};
use crate::{
    event::Event,
    execute::Context,
    key,
    rule::{Rejection, ensure, rejection},
    state::{Overlay, StateView, read, write},
};
use hansa_documents::grant::EncryptionKey;
use hansa_primitives::{
    ActorId, BlockTime, MemberId, Signature, VerifyingKey,
    certificate::{Anchor, CertificateError, MemberCertificate, RevocationList},
};
use hansa_zkp::FieldBytes;

/// Bytes of a serial number (RFC 5280 section 4.1.2.2).
const SERIAL_BYTES_MAX: usize = 20;

pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    call: &Call,
) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::SubmitRevocationList { der } => submit_revocation_list(overlay, context, der),
        Call::RegisterCertificate { der } => register_certificate(overlay, context, der),
        Call::Admit { admission, consent } => admit(overlay, context, admission, consent),
        Call::MoveNode { node } => move_node(overlay, context, node.as_ref()),
    }
}

fn submit_revocation_list(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    der: &[u8],
) -> Result<Vec<Event>, Rejection> {
    let (anchor, list) = issued_list(overlay, der)?;
    let number_key = key::revocation_list(anchor);
    if let Some(ListNumber(last)) = read(overlay, &number_key) {
        ensure!(
            list.number > last,
            StaleRevocationList,
            "list {} was submitted, list {last} is on the ledger",
            list.number
        );
    }
    write(overlay, number_key, &ListNumber(list.number));
    let mut events = Vec::new();
    // A longer serial number than any certificate here may have cannot match one.
    for serial in list.serials.iter().filter(|serial| serial.len() <= SERIAL_BYTES_MAX) {
        overlay.put(key::revoked(anchor, serial), Vec::new());
        if let Some(actor) = read::<ActorId>(overlay, &key::serial(anchor, serial)) {
            events.extend(revoke(overlay, context, &actor));
        }
    }
    Ok(events)
}

fn issued_list(view: &dyn StateView, der: &[u8]) -> Result<(u16, RevocationList), Rejection> {
    let mut malformed = true;
    for (place, anchor) in anchors(view) {
        match RevocationList::parse_issued_by(der, &anchor) {
            Ok(list) => return Ok((place, list)),
            Err(CertificateError::OtherIssuer { .. } | CertificateError::Signature(_)) => {
                malformed = false;
            }
            Err(_) => {}
        }
    }
    Err(if malformed {
        rejection!(BadRevocationList, "the {} bytes are no revocation list", der.len())
    } else {
        rejection!(UntrustedIssuer, "no trust anchor signed the revocation list")
    })
}

fn revoke(overlay: &mut Overlay<'_>, context: &Context<'_>, id: &ActorId) -> Option<Event> {
    let mut record = actor(overlay, id)?;
    if record.status != Status::Active {
        return None;
    }
    let status = Status::Revoked { since: context.block.height };
    record.status = status;
    write(overlay, key::actor(id), &record);
    if let Some(mut owner) = member(overlay, &record.member)
        && owner.actor == *id
    {
        owner.status = status;
        write(overlay, key::member(&owner.id), &owner);
    }
    Some(Event::ActorRevoked { member: record.member, actor: *id })
}

fn register_certificate(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    der: &[u8],
) -> Result<Vec<Event>, Rejection> {
    let certified = certified(overlay, der, context.block.time)?;
    let id = certified.certificate.member.clone();
    let mut record = member(overlay, &id)
        .ok_or_else(|| rejection!(UnknownMember, "`{id}` is no member of this ledger"))?;
    ensure!(
        record.role == certified.certificate.role,
        RoleChanged,
        "member `{id}` is registered as {}, the certificate says {}",
        record.role,
        certified.certificate.role
    );
    record.actor = enter(overlay, &certified)?;
    record.signing_key = certified.certificate.key;
    record.status = Status::Active;
    write(overlay, key::member(&id), &record);
    Ok(vec![Event::CertificateRegistered { member: id, actor: record.actor }])
}

fn admit(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    admission: &Admission,
    consent: &Signature,
) -> Result<Vec<Event>, Rejection> {
    let by = context.member();
    ensure!(is_validator(overlay, by), NotValidator, "member `{by}` runs no validator");
    let certified = certified(overlay, &admission.certificate, context.block.time)?;
    ensure!(
        certified
            .certificate
            .key
            .verify(&admission.signing_bytes(&context.block.chain), consent)
            .is_ok(),
        NoConsent,
        "the key of `{}` did not sign this admission",
        certified.certificate.member
    );
    let newcomer = Newcomer {
        encryption_key: &admission.encryption_key,
        owner: admission.owner,
        node: admission.node.as_ref(),
        vote_key: None,
    };
    let member = enrol(overlay, &certified, &newcomer)?;
    Ok(vec![Event::MemberAdmitted { member, role: certified.certificate.role }])
}

fn move_node(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    node: Option<&NodeAddress>,
) -> Result<Vec<Event>, Rejection> {
    if let Some(node) = node {
        take_address(overlay, node, context.member())?;
    }
    let mut record = super::require_member(overlay, context.member())?;
    ensure!(
        node.is_some() || record.vote_key.is_none(),
        BadAddress,
        "member `{}` runs a validator, which must be reachable",
        record.id
    );
    record.node = node.cloned();
    write(overlay, key::member(&record.id), &record);
    Ok(vec![Event::NodeMoved { member: record.id }])
}

/// Writes a trust anchor of the genesis.
pub(crate) fn write_anchor(overlay: &mut Overlay<'_>, place: u16, der: &[u8]) {
    write(overlay, key::anchor(place), &AnchorRecord { der: der.to_vec() });
}

/// A certificate that a trust anchor issued and that is in force.
pub(crate) struct Certified {
    pub(crate) anchor: u16,
    pub(crate) certificate: MemberCertificate,
}

/// Verifies a certificate that is to be registered.
pub(crate) fn certified(
    view: &dyn StateView,
    der: &[u8],
    time: BlockTime,
) -> Result<Certified, Rejection> {
    let certificate =
        MemberCertificate::parse(der).map_err(|error| rejection!(BadCertificate, "{error}"))?;
    let issued = |(_, anchor): &(u16, Anchor)| certificate.verify_issued_by(anchor).is_ok();
    let (anchor, _) = anchors(view).into_iter().find(issued).ok_or_else(|| {
        rejection!(
            UntrustedIssuer,
            "no trust anchor issued the certificate of `{}`",
            certificate.member
        )
    })?;
    ensure!(
        certificate.is_valid_at(time),
        OutsideValidity,
        "the certificate of `{}` is not valid at {time}",
        certificate.member
    );
    ensure!(
        certificate.serial.len() <= SERIAL_BYTES_MAX,
        BadCertificate,
        "the serial number has more than {SERIAL_BYTES_MAX} bytes"
    );
    ensure!(
        view.get(&key::revoked(anchor, &certificate.serial)).is_none(),
        CertificateRevoked,
        "the serial number {} is on a revocation list",
        hex::encode(&certificate.serial)
    );
    Ok(Certified { anchor, certificate })
}

/// Writes a certificate's actor and takes its key into use.
fn enter(overlay: &mut Overlay<'_>, certified: &Certified) -> Result<ActorId, Rejection> {
    let certificate = &certified.certificate;
    let id = certificate.actor_id();
    let serial_key = key::serial(certified.anchor, &certificate.serial);
    ensure!(
        overlay.get(&key::actor(&id)).is_none() && overlay.get(&serial_key).is_none(),
        ActorKnown,
        "a certificate with this hash or serial number is registered already"
    );
    take_key(overlay, &certificate.key, &certificate.member, Purpose::Sign)?;
    let record = ActorRecord {
        actor: id,
        member: certificate.member.clone(),
        role: certificate.role,
        key: certificate.key,
        anchor: certified.anchor,
        serial: certificate.serial.clone(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        status: Status::Active,
    };
    write(overlay, serial_key, &id);
    write(overlay, key::actor(&id), &record);
    Ok(id)
}

/// The keys that a new member brings besides its certificate.
pub(crate) struct Newcomer<'a> {
    pub(crate) encryption_key: &'a EncryptionKey,
    pub(crate) owner: FieldBytes,
    pub(crate) node: Option<&'a NodeAddress>,
    pub(crate) vote_key: Option<VerifyingKey>,
}

/// Registers a new member.
pub(crate) fn enrol(
    overlay: &mut Overlay<'_>,
    certified: &Certified,
    newcomer: &Newcomer<'_>,
) -> Result<MemberId, Rejection> {
    let certificate = &certified.certificate;
    let id = certificate.member.clone();
    ensure!(
        overlay.get(&key::member(&id)).is_none(),
        MemberKnown,
        "a member `{id}` is registered already"
    );
    if let Some(node) = newcomer.node {
        take_address(overlay, node, &id)?;
    }
    let actor = enter(overlay, certified)?;
    if let Some(vote_key) = &newcomer.vote_key {
        take_key(overlay, vote_key, &id, Purpose::Vote)?;
    }
    let record = MemberRecord {
        id: id.clone(),
        name: certificate.name.clone(),
        country: certificate.country.clone(),
        role: certificate.role,
        actor,
        signing_key: certificate.key,
        encryption_key: newcomer.encryption_key.clone(),
        owner: newcomer.owner,
        node: newcomer.node.cloned(),
        vote_key: newcomer.vote_key,
        status: Status::Active,
    };
    write(overlay, key::member(&id), &record);
    Ok(id)
}

/// Takes a node's address into use. A peer id belongs for ever to the member that first had it: nodes
/// let in and keep out by peer id, so whoever could claim another's would decide about it.
fn take_address(
    overlay: &mut Overlay<'_>,
    node: &NodeAddress,
    member: &MemberId,
) -> Result<(), Rejection> {
    node.check()?;
    let state_key = key::peer_id(&node.peer_id);
    match read::<PeerOwner>(overlay, &state_key) {
        Some(PeerOwner(owner)) if owner != *member => {
            Err(rejection!(KeyInUse, "the peer id {} is member `{owner}`'s", node.peer_id))
        }
        Some(_) => Ok(()),
        None => {
            write(overlay, state_key, &PeerOwner(member.clone()));
            Ok(())
        }
    }
}

fn take_key(
    overlay: &mut Overlay<'_>,
    bytes: &VerifyingKey,
    member: &MemberId,
    purpose: Purpose,
) -> Result<(), Rejection> {
    ensure!(
        bytes.is_well_formed() && !bytes.is_small_order(),
        KeyInUse,
        "a key of member `{member}` is no usable Ed25519 key"
    );
    let wanted = KeyUse { member: member.clone(), purpose };
    let state_key = key::key_in_use(&bytes.0);
    match read::<KeyUse>(overlay, &state_key) {
        Some(found) if found != wanted => Err(rejection!(
            KeyInUse,
            "a key of member `{member}` is in use by `{}` or for another purpose",
            found.member
        )),
        _ => {
            write(overlay, state_key, &wanted);
            Ok(())
        }
    }
}
