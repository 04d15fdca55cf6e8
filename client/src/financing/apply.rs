//! The applicant's side.

use super::{
    Financing,
    application::{ApplicationBody, HandedGrant, Made, SignedApplication},
};
use crate::{
    connection::{Connection, DEADLINE, Repeat, request},
    documents::{Documents, Draft, GrantOrder, Opened, Place, Reader, Right, best_right, opening},
    error::{Error, Result},
    keys,
    profile::NodeEndpoint,
    proofs::{Proven, blocking},
};
use hansa_contracts::{
    declaration::{self, Kind},
    document::VersionRecord,
    financing::{precheck_context, register_context},
    shipment::{self, AttachmentRecord},
    state::StateView,
};
use hansa_documents::{
    DocumentType,
    grant::{GrantPurpose, Scope},
    proof_fields::ProofFields,
    types::Amount,
};
use hansa_primitives::{Digest, DocumentId, MemberId, Ucr, Version, amount};
use hansa_proto::v1::{self, financing_service_client::FinancingServiceClient};
use hansa_zkp::{
    Currency, Disclosure, DocumentWitness, FieldBytes, MinorUnits, Opening, Precheck,
    PrecheckPublic, PrecheckWitness, Previous, ProvingKey, Refusal, Register, RegisterPublic,
    RegisterWitness, entity, first_nullifier, fresh, groth16::ProveError, rng_from_seed,
};
use serde::Serialize;
use std::time::Duration;
use tonic::transport::Channel;

/// A bank verifies two proofs and opens a dozen documents before it answers.
const VERDICT: Duration = Duration::from_secs(60);

/// What is applied for.
#[derive(Clone, Debug)]
pub struct Application {
    /// The shipment that is traded.
    pub ucr: Ucr,
    /// How much.
    pub amount: amount::Amount,
    /// The bank. Its node is found in the registry.
    pub bank: MemberId,
    /// Apply even if the trade is financed already: without the pre-check, which then cannot be
    /// made. Validators refuse the registration; this is for showing that they do.
    pub force: bool,
}

/// What the bank answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The bank's number for the application.
    pub application: String,
    /// "verified", or why not.
    pub verdict: String,
}

impl Applied {
    /// Whether the bank found the application good.
    pub fn is_verified(&self) -> bool {
        self.verdict == "verified"
    }
}

/// The applicant's leaf of the invoice, opened.
struct Leaf {
    record: VersionRecord,
    opening: Opening,
    witness: DocumentWitness,
}

impl Financing<'_> {
    /// Applies at a bank: gets its challenge, makes the proofs, wraps the papers, and sends all of
    /// it to the bank's node, which must prove by its TLS certificate that it is the bank's.
    ///
    /// # Errors
    /// [`Error::AlreadyFinanced`] if the trade is financed already, since no proof of the contrary
    /// exists.
    pub async fn apply(&self, order: &Application) -> Result<Applied> {
        let bank = self.bank_connection(order).await?;
        let ask = |channel: Channel, terms| async move {
            let query = v1::GetChallengeRequest {};
            FinancingServiceClient::new(channel).get_challenge(request(query, terms)).await
        };
        let what = format!("the challenge of `{}`", order.bank);
        let challenge = bank.call(&what, DEADLINE, Repeat::Idempotent, ask).await?.challenge;
        let challenge: [u8; 32] =
            challenge.try_into().map_err(|_| Error::integrity(&what, "it has not 32 bytes"))?;
        let signed = self.prepare(order, Digest(challenge)).await?;
        let json = signed.to_json();
        let send = |channel: Channel, terms| {
            let message = v1::FinancingApplication { json: json.clone() };
            async move { FinancingServiceClient::new(channel).apply(request(message, terms)).await }
        };
        let what = format!("the application at `{}`", order.bank);
        let receipt = bank.call(&what, VERDICT, Repeat::Never, send).await?;
        Ok(Applied { application: receipt.application, verdict: receipt.verdict })
    }

    /// Makes a signed application for a challenge, without sending it.
    ///
    /// # Errors
    /// As [`Financing::apply`].
    pub async fn prepare(
        &self,
        order: &Application,
        challenge: Digest,
    ) -> Result<SignedApplication> {
        let (asked, currency) = self.amount(order)?;
        let papers = self.papers(&order.ucr).await?;
        let invoice = self.invoice(&papers).await?;
        if ProofFields::of(invoice.whole()?).seller.is_none() {
            let next = "finance an invoice that names its seller by member id or registered number";
            let reason = "the invoice does not identify its seller";
            return Err(Error::proof("the invoice's tag", reason, next));
        }
        let grants = self.hand_over(&papers, &order.bank).await?;
        if !grants.iter().any(|grant| grant.terms.document == *invoice.record.document()) {
            let document = invoice.record.document();
            let what = format!("invoice {document} may not be passed on to `{}`", order.bank);
            let next = format!("ask `{}` for a grant that may", invoice.record.owner());
            return Err(Error::denied(what, next));
        }
        let leaf = self.own_leaf(&invoice).await?;
        let member = self.member;
        let session_blinding = fresh(&mut rng_from_seed(*keys::random_seed()?));
        let context = precheck_context(member.chain(), &order.bank, challenge.as_bytes());
        let precheck = match self.precheck(&leaf, asked, context, session_blinding).await {
            Ok(made) => Some(made),
            Err(Error::AlreadyFinanced { .. }) if order.force => None,
            Err(error) => return Err(error),
        };
        let (registration, claim_blinding) =
            self.registration(&leaf, asked, &order.bank, context, session_blinding).await?;
        let disclosure = Disclosure::of(&leaf.opening, member.keys().owner(), session_blinding);
        let body = ApplicationBody {
            chain: member.chain().clone(),
            applicant: member.id().clone(),
            bank: order.bank.clone(),
            challenge,
            ucr: order.ucr.clone(),
            asked: asked.0,
            currency: String::from_utf8_lossy(&currency.0).into_owned(),
            invoice: (*invoice.record.document(), invoice.record.version()),
            leaf: (*leaf.record.document(), leaf.record.version()),
            grants,
            precheck,
            registration,
            claim_blinding,
            disclosure,
        };
        Ok(body.sign(member.keys().actor()))
    }

    fn amount(&self, order: &Application) -> Result<(MinorUnits, Currency)> {
        let amount = Amount::from(order.amount);
        let unfit = |error: &dyn std::fmt::Display| {
            let what = format!("the amount {amount}: {error}");
            Error::usage(what, "give an amount in whole minor units, 19215.00 EUR for instance")
        };
        let asked = amount.minor_units().map_err(|error| unfit(&error))?;
        let currency = Currency::parse(amount.currency.as_str()).map_err(|e| unfit(&e))?;
        Ok((MinorUnits(asked), currency))
    }

    async fn bank_connection(&self, order: &Application) -> Result<Connection> {
        let bank = self.member.proven_member(&order.bank).await?;
        let node = bank.node.ok_or_else(|| {
            let what = format!("`{}` runs no node that the registry knows", order.bank);
            Error::usage(what, "apply at a bank that runs one")
        })?;
        let endpoint = NodeEndpoint { url: node.grpc, member: Some(order.bank.clone()) };
        let connection = Connection::new(&[endpoint], self.member.tls())?;
        // The bank judges by the papers and grants that this member knows to be on the ledger.
        connection.show_at_least(self.member.seen());
        Ok(connection)
    }

    /// The papers of a cleared shipment: those attached, and the clearance certificate.
    async fn papers(&self, ucr: &Ucr) -> Result<Vec<(DocumentType, DocumentId, Version)>> {
        let papers = |view: &dyn StateView| {
            shipment::shipment(view, ucr)?;
            let certificate = declaration::declaration(view, ucr, Kind::Import)
                .and_then(|record| record.certificate);
            Some((shipment::documents(view, ucr), certificate))
        };
        let (attached, certificate) = self.member.read(papers).await?.ok_or_else(|| {
            Error::not_found(format!("shipment `{ucr}`"), "check the consignment reference")
        })?;
        let place = |paper: AttachmentRecord| (paper.kind, paper.document, paper.version);
        let notice = |(document, version)| (DocumentType::ClearanceNotice, document, version);
        let mut papers: Vec<_> = attached.into_iter().map(place).collect();
        papers.extend(certificate.map(notice));
        Ok(papers)
    }

    async fn invoice(&self, papers: &[(DocumentType, DocumentId, Version)]) -> Result<Opened> {
        let invoices =
            papers.iter().filter(|(kind, _, _)| *kind == DocumentType::CommercialInvoice);
        let mut invoices = invoices.map(|(_, document, version)| (document, *version));
        match (invoices.next(), invoices.next()) {
            (Some((document, version)), None) => {
                self.documents().open(document, Some(version)).await
            }
            (None, _) => Err(Error::not_found("an invoice among the papers", "attach the invoice")),
            (Some(_), Some(_)) => {
                let what = "the shipment has more than one invoice";
                Err(Error::conflict(what, "finance a shipment with one invoice"))
            }
        }
    }

    /// Grants of all papers that may be passed on, off the ledger.
    async fn hand_over(
        &self,
        papers: &[(DocumentType, DocumentId, Version)],
        bank: &MemberId,
    ) -> Result<Vec<HandedGrant>> {
        let order = GrantOrder {
            documents: Vec::new(),
            reader: Reader { member: bank.clone(), passing_on: 0 },
            sections: Vec::new(),
            expires: None,
            purpose: Some(GrantPurpose::Finance),
        };
        let mut grants = Vec::new();
        for (_, document, version) in papers {
            let record = self.documents().record(document, Some(*version)).await?;
            let may_pass_on = match best_right(self.member, &record, &Scope::Whole, 0).await {
                Ok(Right::Owner) => true,
                Ok(Right::Grant(held)) => {
                    held.terms.passing_on_depth > 0 && held.terms.scope == Scope::Whole
                }
                Err(Error::Denied { .. }) => false,
                Err(error) => return Err(error),
            };
            if may_pass_on {
                let grant = self.documents().grant_of(&record, &order).await?;
                grants.push(HandedGrant { terms: grant.terms, wrapped: grant.wrapped });
            }
        }
        Ok(grants)
    }

    /// Registers an invoice that this member did not issue as a document of its own, so that a proof
    /// about it can be made later. Done once it is found again ever after.
    ///
    /// Agents of importers do it when an invoice is granted to them, financed or not: an
    /// application then leaves no trace on the ledger, not even one in time.
    ///
    /// # Errors
    /// [`Error::Denied`] if the whole invoice is not granted to this member.
    pub async fn keep_own_leaf(&self, invoice: &DocumentId, version: Version) -> Result<()> {
        let invoice = self.documents().open(invoice, Some(version)).await?;
        self.own_record(&invoice).await.map(drop)
    }

    /// The applicant's own registration of the invoice: the invoice itself if it issued it, else a
    /// copy that is made once.
    async fn own_record(&self, invoice: &Opened) -> Result<VersionRecord> {
        let member = self.member;
        let document = invoice.whole()?;
        if invoice.record.owner() == member.id() {
            return Ok(invoice.record.clone());
        }
        let version = invoice.record.version().0.to_be_bytes();
        let purpose: [&[u8]; 3] =
            [b"financed-invoice", invoice.record.document().as_bytes(), &version];
        match member.declarations().place(&purpose).await? {
            Place::After(former) => Ok(*former),
            place => {
                let draft = Draft {
                    document: document.clone(),
                    source: invoice.source().cloned(),
                    ucr: None,
                    replaces: None,
                    readers: Vec::new(),
                };
                let copy = self.documents().register_at(place, draft).await?;
                self.documents().record(&copy.document, Some(copy.version)).await
            }
        }
    }

    /// The leaf that the applicant proves on.
    async fn own_leaf(&self, invoice: &Opened) -> Result<Leaf> {
        let member = self.member;
        let document = invoice.whole()?;
        let record = self.own_record(invoice).await?;
        let context = record.header.context(member.chain());
        let opening = opening(member.keys(), &context, document);
        let own = entity(member.id().as_str());
        let value = opening.leaf(member.keys().owner(), own);
        let path = self.document_path(record.leaf, value).await?;
        let witness = DocumentWitness { opening: opening.clone(), entity: own, path };
        Ok(Leaf { record, opening, witness })
    }

    async fn precheck(
        &self,
        leaf: &Leaf,
        asked: MinorUnits,
        context: FieldBytes,
        session_blinding: FieldBytes,
    ) -> Result<Made> {
        let secret = self.member.keys().owner().clone();
        let nullifier = first_nullifier(&leaf.opening, &secret);
        let financed = || Error::AlreadyFinanced { invoice: leaf.record.document().to_string() };
        let absence = self.absence(&nullifier).await?.ok_or_else(financed)?;
        let witness = PrecheckWitness {
            document: leaf.witness.clone(),
            secret,
            low: absence.low,
            low_path: absence.path,
            session_blinding,
        };
        let public = PrecheckPublic::derive(&witness, asked, context);
        self.prove::<Precheck>(public, witness, leaf.record.document()).await
    }

    async fn registration(
        &self,
        leaf: &Leaf,
        amount: MinorUnits,
        bank: &MemberId,
        session_context: FieldBytes,
        session_blinding: FieldBytes,
    ) -> Result<(Made, FieldBytes)> {
        let witness = RegisterWitness {
            document: leaf.witness.clone(),
            secret: self.member.keys().owner().clone(),
            previous: Previous::First,
            amount,
            session_context,
            session_blinding,
        };
        let claim_blinding = witness.claim_blinding();
        let root = self.position_root().await?;
        // The context of a registration holds the session, which does not depend on that context.
        let session = RegisterPublic::derive(&witness, root, FieldBytes::ZERO).session;
        let context = register_context(self.member.chain(), bank, &session);
        let public = RegisterPublic::derive(&witness, root, context);
        let made = self.prove::<Register>(public, witness, leaf.record.document()).await?;
        Ok((made, claim_blinding))
    }

    async fn prove<S>(
        &self,
        public: S::Public,
        witness: S::Witness,
        of: &DocumentId,
    ) -> Result<Made>
    where
        S: Proven + Send + Sync + 'static,
        S::Public: hansa_primitives::codec::Canonical + Send + 'static,
        S::Witness: Send + 'static,
        ProvingKey<S>: Send,
    {
        let key: ProvingKey<S> = self.member.proofs().proving_key::<S>().await?;
        let (seed, of) = (keys::random_seed()?, *of);
        let prove = move || {
            let proof = key.prove(&public, &witness, &mut rng_from_seed(*seed));
            let proof = proof.map_err(|error| match error {
                ProveError::Refused(Refusal::AlreadyFinanced) => {
                    Error::AlreadyFinanced { invoice: of.to_string() }
                }
                error => Error::proof(
                    format!("the proof `{}` about document {of}", S::STATEMENT.name()),
                    error,
                    "check amount, currency and invoice",
                ),
            })?;
            Ok(Made::new(key.id().0, &public, &proof))
        };
        blocking("making a proof", prove).await
    }

    pub(super) fn documents(&self) -> Documents<'_> {
        self.member.documents()
    }
}
