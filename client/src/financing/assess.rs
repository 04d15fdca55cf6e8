//! What a bank checks before it believes an application.

use super::{
    Financing,
    application::{ApplicationBody, HandedGrant, SignedApplication},
};
use crate::{
    clock::now,
    documents::{Opened, slots},
    error::{Error, Result},
    member::SealedSource,
    proofs::Proven,
};
use hansa_contracts::{
    declaration::{self, Kind, Status},
    financing::{self, precheck_context, register_context},
    grant::check_grant,
    registry,
    shipment::{self, ShipmentRecord},
    state::StateView,
    tree::{self, RootRecord, Tree},
};
use hansa_documents::{
    Document, DocumentType,
    document::{ClearanceNotice, CommercialInvoice, ResponseFunction},
};
use hansa_primitives::{Digest, DocumentId, Height, Version, codec::Canonical};
use hansa_zkp::{
    Currency, FieldBytes, KeyId, MinorUnits, Precheck, PrecheckPublic, Register, RegisterPublic,
    Verifier, claim,
};
use std::fmt;

/// Blocks after which a registry root is too old for a pre-check.
const ROOT_AGE_MAX: u64 = 64;
/// Papers that one application may hand over.
const GRANTS_MAX: usize = 80;

/// What the bank found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds.
    Verified,
    /// Something does not.
    Refused(String),
}

impl Verdict {
    /// Whether everything holds.
    pub fn is_verified(&self) -> bool {
        *self == Self::Verified
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => f.write_str("verified"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
        }
    }
}

/// Why an assessment ended: the application is not good, or the bank could not find out.
enum Stop {
    Refused(String),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            // What was handed over is not what the ledger says, or cannot be read: the applicant's
            // fault.
            Error::Integrity { .. }
            | Error::Denied { .. }
            | Error::NotFound { .. }
            | Error::Document { .. } => Self::Refused(error.to_string()),
            error => Self::Failed(error),
        }
    }
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(reason.into()))
}

fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { refuse(reason()) }
}

impl Financing<'_> {
    /// Checks an application for this bank in every part: signature, challenge, proofs, roots,
    /// keys, documents, amounts, and that the proofs are about the invoice that was handed over.
    ///
    /// `sealed` is where the papers' sealed bytes are fetched: the bank's own node, which holds
    /// them.
    ///
    /// # Errors
    /// Only if the bank could not find out; an application that is not good has a [`Verdict`].
    pub async fn assess(
        &self,
        signed: &SignedApplication,
        challenge: &Digest,
        sealed: &dyn SealedSource,
    ) -> Result<Verdict> {
        match self.assess_all(signed, challenge, sealed).await {
            Ok(()) => Ok(Verdict::Verified),
            Err(Stop::Refused(reason)) => Ok(Verdict::Refused(reason)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn assess_all(
        &self,
        signed: &SignedApplication,
        challenge: &Digest,
        sealed: &dyn SealedSource,
    ) -> Result<(), Stop> {
        let body = &signed.body;
        self.check_sender(signed, challenge).await?;
        let precheck = self.check_precheck(body).await?;
        let registration = self.check_registration(body, &precheck).await?;
        let opened = self.open_papers(body, sealed).await?;
        let trade = self.check_cleared(body).await?;
        let invoice = check_papers(body, &opened, &trade)?;
        self.check_link(body, invoice, &precheck, &registration).await
    }

    async fn check_sender(
        &self,
        signed: &SignedApplication,
        challenge: &Digest,
    ) -> Result<(), Stop> {
        let body = &signed.body;
        ensure(body.chain == *self.member.chain(), || "it is for another ledger".to_owned())?;
        ensure(body.bank == *self.member.id(), || format!("it is for `{}`", body.bank))?;
        ensure(body.challenge == *challenge, || "it answers another challenge".to_owned())?;
        let applicant = self.member.proven_member(&body.applicant).await?;
        ensure(applicant.status == registry::Status::Active, || {
            format!("the certificate of `{}` is revoked", body.applicant)
        })?;
        ensure(signed.is_signed_by(&applicant.signing_key), || {
            format!("it is not signed by `{}`", body.applicant)
        })
    }

    async fn check_precheck(&self, body: &ApplicationBody) -> Result<PrecheckPublic, Stop> {
        let Some(made) = &body.precheck else {
            return refuse("it holds no proof that the trade is not financed");
        };
        let public: PrecheckPublic = self.verified::<Precheck>(made).await?;
        let currency = currency_of(body)?;
        ensure(public.asked == MinorUnits(body.asked) && public.currency == currency, || {
            "the pre-check is about another amount or currency".to_owned()
        })?;
        let (chain, bank) = (self.member.chain(), self.member.id());
        let context = precheck_context(chain, bank, body.challenge.as_bytes());
        ensure(public.context == context, || {
            "the pre-check is bound to another bank or challenge".to_owned()
        })?;
        self.known_root(Tree::Documents, public.document_root).await?;
        let record = self.known_root(Tree::Nullifiers, public.registry_root).await?;
        let height = Height(self.member.node_status().await.map_err(Stop::Failed)?.executed_height);
        let is_recent =
            record.until.is_none_or(|until| until.0.saturating_add(ROOT_AGE_MAX) >= height.0);
        ensure(is_recent, || "the pre-check rests on a registry that is too old".to_owned())?;
        Ok(public)
    }

    async fn check_registration(
        &self,
        body: &ApplicationBody,
        precheck: &PrecheckPublic,
    ) -> Result<RegisterPublic, Stop> {
        let public: RegisterPublic = self.verified::<Register>(&body.registration).await?;
        ensure(public.session == precheck.session, || {
            "the registration is not about the invoice of the pre-check".to_owned()
        })?;
        let (chain, bank) = (self.member.chain(), self.member.id());
        let context = register_context(chain, bank, &public.session);
        ensure(public.context == context, || {
            "the registration is bound to another bank".to_owned()
        })?;
        let opened = claim(MinorUnits(body.asked), currency_of(body)?, body.claim_blinding);
        ensure(public.claim == opened, || {
            "the registration's claim is not the amount applied for".to_owned()
        })?;
        self.known_root(Tree::Documents, public.document_root).await?;
        self.known_root(Tree::Positions, public.position_root).await?;
        let spent = |view: &dyn StateView| financing::registration(view, &public.nullifier);
        let spent = self.member.read(spent).await.map_err(Stop::Failed)?;
        ensure(spent.is_none(), || "FIN-004: the trade is financed already".to_owned())?;
        Ok(public)
    }

    /// The public inputs of a proof that holds under the key in force.
    async fn verified<S>(&self, made: &super::Made) -> Result<S::Public, Stop>
    where
        S: Proven,
        S::Public: Canonical,
    {
        let name = S::STATEMENT.name();
        let (public, proof) = made
            .read::<S::Public>()
            .map_err(|error| Stop::Refused(format!("the proof `{name}` is malformed: {error}")))?;
        let key = self.member.proofs().verifying_key::<S>().await.map_err(Stop::Failed)?;
        ensure(KeyId(made.key) == key.id(), || {
            format!("FIN-002: the proof `{name}` is made under a key that is not in force")
        })?;
        match Verifier::new(&key).verify(&public, &proof) {
            Ok(()) => Ok(public),
            Err(error) => refuse(format!("the proof `{name}` does not hold: {error}")),
        }
    }

    async fn known_root(&self, tree: Tree, root: FieldBytes) -> Result<RootRecord, Stop> {
        let record = self.member.read(|view| tree::root(view, tree, &root)).await;
        match record.map_err(Stop::Failed)? {
            Some(record) => Ok(record),
            None => refuse(format!("FIN-003: no tree of {} had the proof's root", tree.name())),
        }
    }

    async fn open_papers(
        &self,
        body: &ApplicationBody,
        sealed: &dyn SealedSource,
    ) -> Result<Vec<Opened>, Stop> {
        ensure(body.grants.len() <= GRANTS_MAX, || "it hands over too many papers".to_owned())?;
        let mut opened = Vec::with_capacity(body.grants.len());
        for grant in &body.grants {
            opened.push(self.open_paper(body, grant, sealed).await?);
        }
        Ok(opened)
    }

    async fn open_paper(
        &self,
        body: &ApplicationBody,
        grant: &HandedGrant,
        sealed: &dyn SealedSource,
    ) -> Result<Opened, Stop> {
        let (terms, time) = (&grant.terms, now());
        ensure(terms.grantor == body.applicant && terms.reader == body.bank, || {
            format!("the grant of document {} is not from applicant to bank", terms.document)
        })?;
        let checked = self.member.read(|view| check_grant(view, terms, time)).await;
        if let Err(rejection) = checked.map_err(Stop::Failed)? {
            return refuse(format!("the grant of document {}: {rejection}", terms.document));
        }
        let keys = self.member.keys().document().unwrap(terms, &grant.wrapped);
        let keys = keys.map_err(|error| {
            Stop::Refused(format!("the key of document {}: {error}", terms.document))
        })?;
        let record = self.documents().record(&terms.document, Some(terms.version)).await?;
        Ok(self.documents().open_handed(record, keys, sealed).await?)
    }

    /// The shipment must be cleared; gives what the bank holds the papers against.
    async fn check_cleared(&self, body: &ApplicationBody) -> Result<ClearedTrade, Stop> {
        let ucr = &body.ucr;
        let read = |view: &dyn StateView| {
            let record = declaration::declaration(view, ucr, Kind::Import);
            (shipment::shipment(view, ucr), record)
        };
        let (shipment, record) = self.member.read(read).await.map_err(Stop::Failed)?;
        let Some(shipment) = shipment else {
            return refuse(format!("there is no shipment `{ucr}`"));
        };
        let trades = [&shipment.parties.exporter, &shipment.parties.importer];
        ensure(trades.contains(&&body.applicant), || {
            format!("`{}` neither sells nor buys in `{ucr}`", body.applicant)
        })?;
        let record = record.filter(|record| record.status == Status::Cleared);
        let cleared = record.and_then(|record| Some((record.draft?, record.certificate?)));
        match cleared {
            Some((draft, certificate)) => {
                let declared = draft.sources.iter().map(|paper| (paper.document, paper.version));
                Ok(ClearedTrade { shipment, certificate, declared: declared.collect() })
            }
            None => refuse(format!("shipment `{ucr}` is not cleared for import")),
        }
    }

    /// The proofs are about the invoice that was handed over: its fields, with the applicant's tag
    /// and salt, are what the ledger registered as the applicant's leaf, that content is the one of
    /// the proofs' session, and the tag leads to the nullifier.
    async fn check_link(
        &self,
        body: &ApplicationBody,
        invoice: &Document,
        precheck: &PrecheckPublic,
        registration: &RegisterPublic,
    ) -> Result<(), Stop> {
        let leaf = self.documents().record(&body.leaf.0, Some(body.leaf.1)).await?;
        ensure(*leaf.owner() == body.applicant, || {
            format!("leaf {} is not the applicant's", body.leaf.0)
        })?;
        let fields = slots(invoice);
        let content = body.disclosure.content(&fields);
        ensure(leaf.header.proof_leaf.as_bytes() == &content.bytes(), || {
            "the applicant's leaf does not hold the invoice that was handed over".to_owned()
        })?;
        ensure(body.disclosure.session(&fields, precheck.context) == precheck.session, || {
            "the pre-check is about another invoice than the one handed over".to_owned()
        })?;
        ensure(body.disclosure.first_nullifier() == registration.nullifier, || {
            "the registration is about another invoice than the one handed over".to_owned()
        })
    }
}

fn currency_of(body: &ApplicationBody) -> Result<Currency, Stop> {
    Currency::parse(&body.currency).map_err(|error| Stop::Refused(error.to_string()))
}

/// What the ledger knows of a cleared trade.
struct ClearedTrade {
    shipment: ShipmentRecord,
    /// The clearance certificate.
    certificate: (DocumentId, Version),
    /// The papers that customs cleared the import on.
    declared: Vec<(DocumentId, Version)>,
}

/// Invoice, packing list and waybill are the very ones that customs cleared the goods on, and with the
/// clearance certificate they fit the application. A paper that somebody registered besides them, a
/// second invoice for the same goods for instance, is not taken.
fn check_papers<'a>(
    body: &ApplicationBody,
    opened: &'a [Opened],
    trade: &ClearedTrade,
) -> Result<&'a Document, Stop> {
    let find = |(document, version): (DocumentId, Version)| {
        let found = opened.iter().find(|opened| place_of(opened) == (document, version));
        found.ok_or_else(|| Stop::Refused(format!("document {document} is not handed over")))
    };
    let shipment = &trade.shipment;
    let notice = find(trade.certificate)?;
    match notice.whole()? {
        Document::ClearanceNotice(clearance) => {
            check_clearance(clearance, notice, shipment)?;
        }
        other => return refuse(format!("the clearance certificate is a {}", other.kind())),
    }
    let invoice = find(body.invoice)?;
    ensure(trade.declared.contains(&body.invoice), || {
        "the goods were not cleared on the invoice that was handed over".to_owned()
    })?;
    ensure(*invoice.record.owner() == shipment.parties.exporter, || {
        "the invoice was not registered by the shipment's exporter".to_owned()
    })?;
    let document = invoice.whole()?;
    match document {
        Document::CommercialInvoice(content) => check_invoice(body, content, shipment)?,
        other => return refuse(format!("the invoice is a {}", other.kind())),
    }
    for kind in [DocumentType::PackingList, DocumentType::Waybill] {
        let there = opened.iter().any(|opened| {
            opened.record.kind() == kind && trade.declared.contains(&place_of(opened))
        });
        ensure(there, || format!("the {kind} that the goods were cleared on is not handed over"))?;
    }
    Ok(document)
}

fn place_of(opened: &Opened) -> (DocumentId, Version) {
    (*opened.record.document(), opened.record.version())
}

fn check_clearance(
    clearance: &ClearanceNotice,
    opened: &Opened,
    shipment: &ShipmentRecord,
) -> Result<(), Stop> {
    ensure(*opened.record.owner() == shipment.parties.import_customs, || {
        "the clearance certificate is not of the customs authority of the import".to_owned()
    })?;
    let clears = clearance.function == ResponseFunction::Cleared
        && clearance.ucr.as_ref() == Some(&shipment.ucr);
    ensure(clears, || "the clearance certificate does not clear this shipment".to_owned())
}

fn check_invoice(
    body: &ApplicationBody,
    invoice: &CommercialInvoice,
    shipment: &ShipmentRecord,
) -> Result<(), Stop> {
    let is_party = |member: &Option<hansa_primitives::MemberId>,
                    of: &hansa_primitives::MemberId| {
        member.as_ref() == Some(of)
    };
    let (seller, buyer) = (&invoice.seller.member, &invoice.buyer.member);
    let parties = &shipment.parties;
    ensure(is_party(seller, &parties.exporter) && is_party(buyer, &parties.importer), || {
        "the invoice is not between the shipment's exporter and importer".to_owned()
    })?;
    ensure(invoice.ucr.as_ref().is_none_or(|ucr| *ucr == shipment.ucr), || {
        "the invoice is for another shipment".to_owned()
    })?;
    ensure(invoice.payable.currency.as_str() == body.currency, || {
        format!("the invoice is in {}", invoice.payable.currency)
    })?;
    let payable = invoice.payable.minor_units();
    let payable = payable.map_err(|error| Stop::Refused(error.to_string()))?;
    ensure((1..=payable).contains(&body.asked), || {
        format!("the invoice is for {}, more is applied for", invoice.payable)
    })
}
