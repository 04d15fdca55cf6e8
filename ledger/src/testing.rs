//! A consortium of eight members, four of them validators, and the blocks they agree on.

#![allow(clippy::unwrap_used)]

use crate::{Applied, Batch, CertifiedBlocks, Ledger, Options, transactions_root};
use hansa_consensus::{Certificate, Executed, Header, Phase, ValidatorSet, Vote};
use hansa_contracts::{
    call::{Call, Calls},
    genesis::{Genesis, GenesisMember, Parameters},
    registry::{self, NodeAddress},
    shipment::{self, Parties},
};
use hansa_documents::grant::{DocumentKeyPair, WrapSuite};
use hansa_primitives::{
    ActorId, BlockHash, BlockTime, ChainId, Epoch, Height, MemberId, RequestId, Signer as _,
    SigningKey, Transaction, TransactionBody, Ucr, ValidatorIndex, View,
    certificate::{MemberCertificate, ROLE_EXTENSION_OID, Role},
    codec,
};
use hansa_zkp::FieldBytes;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use std::{path::Path, sync::Arc};

const MEMBERS: [(&str, Role, bool); 8] = [
    ("seller", Role::Exporter, true),
    ("buyer", Role::Importer, true),
    ("spedition", Role::FreightForwarder, true),
    ("declarant", Role::FreightForwarder, false),
    ("line", Role::Carrier, true),
    ("assekuranz", Role::Insurer, false),
    ("zoll", Role::CustomsAuthority, false),
    ("haiguan", Role::CustomsAuthority, false),
];

/// 2018-06-01, in milliseconds.
const BEGINNING: u64 = 1_527_811_200_000;

pub(crate) struct World {
    pub(crate) genesis: Genesis,
    pub(crate) set: ValidatorSet,
    votes: Vec<SigningKey>,
    issuer: Issuer<'static, KeyPair>,
}

fn seed(kind: u8, number: usize) -> [u8; 32] {
    let mut seed = [kind; 32];
    seed[31] = number as u8;
    seed
}

fn key_pair(seed: &[u8; 32]) -> KeyPair {
    // PKCS #8 (RFC 8410 section 7) around the seed.
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend_from_slice(seed);
    KeyPair::try_from(der.as_slice()).unwrap()
}

impl World {
    pub(crate) fn new(chain: &str) -> Self {
        let key = key_pair(&seed(1, 0));
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Consortium");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from(vec![1]));
        params.not_before = date_time_ymd(2018, 1, 1);
        params.not_after = date_time_ymd(2038, 1, 1);
        let anchor = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        let members = MEMBERS
            .iter()
            .enumerate()
            .map(|(number, (name, role, votes))| GenesisMember {
                certificate: certificate(&issuer, name, *role, &seed(2, number), 10),
                encryption_key: DocumentKeyPair::from_seed(WrapSuite::X25519, seed(3, number))
                    .encryption_key()
                    .clone(),
                owner: FieldBytes::parse(seed(0, number + 1)).unwrap_or(FieldBytes::ZERO),
                node: votes.then(|| address(number, 0)),
                vote_key: votes.then(|| SigningKey::from_seed(&seed(4, number)).verifying_key()),
            })
            .collect();
        let genesis = Genesis {
            chain: ChainId::new(chain).unwrap(),
            time: BlockTime(BEGINNING),
            protocol: 1,
            anchors: vec![anchor],
            members,
            parameters: Parameters { transaction_window: 10_000, ..Parameters::default() },
        };
        let voting = (0..MEMBERS.len()).filter(|number| MEMBERS[*number].2);
        let votes = voting.map(|number| SigningKey::from_seed(&seed(4, number))).collect();
        let set = ValidatorSet::new(Epoch(0), genesis.validators()).unwrap();
        Self { genesis, set, votes, issuer }
    }

    pub(crate) fn ledger(&self, directory: &Path) -> Ledger {
        Ledger::open(directory, &self.genesis, Options::default()).unwrap()
    }

    /// A further certificate of the seller, with the key that it is for.
    pub(crate) fn renewed(&self, number: usize) -> (Vec<u8>, SigningKey) {
        let seed = seed(5, number);
        let der = certificate(&self.issuer, "seller", Role::Exporter, &seed, 40 + number as u8);
        (der, SigningKey::from_seed(&seed))
    }

    pub(crate) fn signed(
        &self,
        actor: ActorId,
        key: &SigningKey,
        request: u64,
        call: impl Into<Call>,
    ) -> Transaction {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&request.to_be_bytes());
        let body = TransactionBody {
            chain: self.genesis.chain.clone(),
            actor,
            request: RequestId(id),
            valid_until: Height(5_000),
            call: codec::encode(&Calls::from(call.into())),
        };
        Transaction::sign(body, key)
    }

    pub(crate) fn by(&self, member: &str, request: u64, call: impl Into<Call>) -> Transaction {
        let number = MEMBERS.iter().position(|(name, ..)| *name == member).unwrap();
        let actor =
            MemberCertificate::parse(&self.genesis.members[number].certificate).unwrap().actor_id();
        self.signed(actor, &SigningKey::from_seed(&seed(2, number)), request, call)
    }

    /// The seller opens the shipment with this number.
    pub(crate) fn shipment(&self, number: u64) -> Transaction {
        let id = |text: &str| MemberId::new(text).unwrap();
        let parties = Parties {
            exporter: id("seller"),
            importer: id("buyer"),
            export_forwarder: id("spedition"),
            import_declarant: id("declarant"),
            carrier: id("line"),
            insurer: id("assekuranz"),
            export_customs: id("zoll"),
            import_customs: id("haiguan"),
        };
        let ucr = Ucr::new(format!("18DE-{number:06}")).unwrap();
        let call = shipment::Call::Open { ucr, parties: Box::new(parties) };
        self.by("seller", number, call)
    }

    /// The carrier's node moves.
    pub(crate) fn move_node(&self, number: u64) -> Transaction {
        let node = Some(address(4, number));
        self.by("line", number, registry::Call::MoveNode { node })
    }
}

fn address(member: usize, number: u64) -> NodeAddress {
    NodeAddress {
        peer_id: format!("12D3KooWGzBkJq1zpBWtGqSqFXh3xJQF9X1vQ6mgyVGTLjQnDG{member:02}"),
        p2p: format!("/ip4/10.0.{member}.{}/tcp/7400", number % 250),
        grpc: format!("https://node{member}.example:7500"),
    }
}

fn certificate(
    issuer: &Issuer<'static, KeyPair>,
    name: &str,
    role: Role,
    seed: &[u8; 32],
    serial: u8,
) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, format!("{name} GmbH"));
    params.distinguished_name.push(DnType::CountryName, "DE");
    params.subject_alt_names =
        vec![SanType::URI(format!("urn:hansa:member:{name}").as_str().try_into().unwrap())];
    let mut content = vec![0x0c, role.name().len() as u8];
    content.extend_from_slice(role.name().as_bytes());
    params.custom_extensions =
        vec![CustomExtension::from_oid_content(&ROLE_EXTENSION_OID, content)];
    params.serial_number = Some(SerialNumber::from(vec![serial, seed[31]]));
    params.not_before = date_time_ymd(2018, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    params.signed_by(&key_pair(seed), issuer).unwrap().der().to_vec()
}

/// Makes the blocks that the validators agree on.
pub(crate) struct Chain<'a> {
    pub(crate) world: &'a World,
    pub(crate) height: Height,
    pub(crate) parent: BlockHash,
    pub(crate) time: BlockTime,
    /// The root that the next header carries.
    pub(crate) executed: Executed,
    sequence: u64,
}

impl<'a> Chain<'a> {
    pub(crate) fn new(world: &'a World, ledger: &Ledger) -> Self {
        Self {
            world,
            height: ledger.committed_height(),
            parent: ledger.genesis_hash(),
            time: world.genesis.time,
            executed: ledger.executed(),
            sequence: 0,
        }
    }

    pub(crate) fn batch(&mut self, transactions: Vec<Transaction>) -> Batch {
        self.sequence += 1;
        Batch { lane: ValidatorIndex(0), sequence: self.sequence, transactions }
    }

    /// The next header; the chain goes on from it.
    pub(crate) fn header(&mut self, batches: &[Batch]) -> Arc<Header> {
        let chain = &self.world.genesis.chain;
        let ids: Vec<_> =
            batches.iter().flat_map(|batch| &batch.transactions).map(Transaction::id).collect();
        self.height = self.height.next();
        self.time = self.time.plus_millis(200);
        let header = Header {
            epoch: Epoch(0),
            view: View(0),
            height: self.height,
            parent: self.parent,
            proposer: ValidatorIndex(0),
            time: self.time,
            batches: batches.iter().map(|batch| batch.reference(chain)).collect(),
            transactions_root: transactions_root(&ids),
            executed: self.executed,
            validators: self.world.set.digest(chain),
            protocol: 1,
        };
        self.parent = header.hash(chain);
        Arc::new(header)
    }

    pub(crate) fn certify(&self, header: &Header) -> Certificate {
        let chain = &self.world.genesis.chain;
        let vote = Vote {
            epoch: header.epoch,
            phase: Phase::Commit,
            view: header.view,
            height: header.height,
            block: header.hash(chain),
        };
        let message = vote.signing_bytes(chain);
        let signatures = (0_u16..3)
            .map(|index| (ValidatorIndex(index), self.world.votes[index as usize].sign(&message)))
            .collect();
        Certificate { vote, signatures }
    }

    pub(crate) fn certified(&self, headers: Vec<Arc<Header>>) -> CertifiedBlocks {
        let certificate = self.certify(headers.last().unwrap());
        CertifiedBlocks { headers, certificate }
    }

    /// Orders the transactions in a block of their own and applies it.
    pub(crate) fn grow(&mut self, ledger: &Ledger, transactions: Vec<Transaction>) -> Applied {
        let batches = match transactions.is_empty() {
            true => Vec::new(),
            false => vec![self.batch(transactions)],
        };
        for batch in &batches {
            ledger.put_batch(&codec::encode(batch)).unwrap();
        }
        let header = self.header(&batches);
        let blocks = self.certified(vec![header]);
        let applied = ledger.apply(&blocks).unwrap().remove(0);
        self.executed = applied.executed;
        applied
    }

    /// Grows the ledger by blocks that open shipments, move nodes, or hold nothing.
    pub(crate) fn grow_by(&mut self, ledger: &Ledger, blocks: u64) {
        for _ in 0..blocks {
            let number = self.height.0;
            let transactions = match number % 4 {
                0 => vec![],
                1 => vec![self.world.shipment(number), self.world.move_node(number)],
                2 => vec![self.world.move_node(number - 1), self.world.shipment(number - 1)],
                _ => (0..5).map(|n| self.world.shipment(100_000 + number * 8 + n)).collect(),
            };
            self.grow(ledger, transactions);
        }
    }
}
