//! The files of a ceremony: adding the next one, and replaying all of them.

use super::{
    CONTRIBUTORS_MIN, CeremonyError, POWER,
    key::Key,
    origin::{Lagrange, Origin},
    powers::{Powers, Secrets, nonzero},
    record::{self, Place, Record, file_name},
};
use crate::{
    groth16::ProvingKey,
    statement::{Precheck, Register, Statement, shape::Shape},
};
use ark_std::rand::{CryptoRng, RngCore};
use hansa_primitives::{Digest, MemberId, Signer, VerifyingKey, hash};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The stage of phase 1.
const POWERS: &str = "powers";

/// The members who may contribute, and the keys that they sign with.
pub type Roster = BTreeMap<MemberId, VerifyingKey>;

/// A member about to contribute.
pub struct Contributor<'a> {
    /// The member.
    pub member: MemberId,
    /// Signs with the member's key on the roster.
    pub signer: &'a dyn Signer,
}

/// What a transcript leads to.
#[derive(Debug)]
pub struct Outcome {
    /// Hash over the transcript.
    pub transcript: Digest,
    /// Who contributed to both keys, ascending.
    pub contributors: Vec<MemberId>,
    /// The key of the pre-check.
    pub precheck: ProvingKey<Precheck>,
    /// The key of the registration.
    pub register: ProvingKey<Register>,
}

/// All files of a ceremony by name.
#[derive(Clone)]
pub struct Transcript {
    ceremony: Digest,
    power: u32,
    files: BTreeMap<String, Vec<u8>>,
}

/// The powers at the end of phase 1, and the hash of the file that holds them.
pub(super) struct Finished {
    pub(super) powers: Powers,
    file: Digest,
}

impl Transcript {
    /// A transcript without files. The label ties it to its consortium: the chain's id.
    pub fn new(label: &str) -> Self {
        Self::with_files(label, BTreeMap::new())
    }

    /// A transcript with the given files, none of them checked yet.
    pub fn with_files(label: &str, files: BTreeMap<String, Vec<u8>>) -> Self {
        Self::with_power(label, POWER, files)
    }

    pub(super) fn with_power(label: &str, power: u32, files: BTreeMap<String, Vec<u8>>) -> Self {
        let parts: [&[u8]; 2] = [label.as_bytes(), &power.to_le_bytes()];
        Self { ceremony: hash::tagged_unbound("ceremony", &parts), power, files }
    }

    /// The files by name.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Contributes to phase 1. The result is the name of the new file.
    ///
    /// # Errors
    /// [`CeremonyError`] if the file before does not read.
    pub fn contribute_powers(
        &mut self,
        contributor: &Contributor<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<String, CeremonyError> {
        let before = match self.powers_places().last() {
            Some(place) => self.read_powers(place)?.1,
            None => Powers::initial(self.power),
        };
        let secrets = Secrets::draw(rng);
        let after = before.multiplied(&secrets);
        let [tau, alpha, beta] = before.heads();
        let factors = [(&tau, &secrets.tau), (&alpha, &secrets.alpha), (&beta, &secrets.beta)];
        let (place, body) = (self.next_powers_place(), after.encode());
        let name = place.name();
        let Contributor { member, signer } = contributor;
        let file = record::write(place, &body, member, *signer, &factors, rng);
        self.files.insert(name.clone(), file);
        Ok(name)
    }

    /// Ends phase 1: brings the powers into the form of both circuits. It takes some seconds and no
    /// secret; anyone may do it. The result is the names of the new files.
    ///
    /// # Errors
    /// [`CeremonyError`] if there are no powers or they do not read.
    pub fn prepare(&mut self) -> Result<Vec<String>, CeremonyError> {
        let finished = self.finished()?;
        let basis = Lagrange::of(&finished.powers);
        Ok(vec![
            self.prepare_one::<Precheck>(&finished, &basis)?,
            self.prepare_one::<Register>(&finished, &basis)?,
        ])
    }

    pub(super) fn prepare_one<S: Statement>(
        &mut self,
        finished: &Finished,
        basis: &Lagrange,
    ) -> Result<String, CeremonyError> {
        let shape = self.shape::<S>()?;
        let place = self.place(S::NAME, 0, finished.file, shape.hash());
        let name = place.name();
        let body = Origin::make(&finished.powers, basis, &shape).encode();
        self.files.insert(name.clone(), record::write_origin(place, &body));
        Ok(name)
    }

    /// Contributes to the key of a statement. The result is the name of the new file.
    ///
    /// # Errors
    /// [`CeremonyError`] if phase 1 has not ended or the file before does not read.
    pub fn contribute<S: Statement>(
        &mut self,
        contributor: &Contributor<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<String, CeremonyError> {
        let shape = self.shape::<S>()?;
        let places = self.key_places::<S>(&shape)?;
        let last = places.last().ok_or_else(|| missing(S::NAME, 0))?;
        let before = match last.sequence {
            0 => Key::of(&self.read_origin(last, &shape)?.1),
            _ => self.read_key(last, &shape)?.1,
        };
        let parent = hash::sha256(&[self.file(last)?]);
        let factor = Zeroizing::new(nonzero(rng));
        let body = before.multiplied(&factor).encode();
        let place = self.place(S::NAME, last.sequence + 1, parent, shape.hash());
        let name = place.name();
        let Contributor { member, signer } = contributor;
        let factors = [(&before.delta_g1, &*factor)];
        let file = record::write(place, &body, member, *signer, &factors, rng);
        self.files.insert(name.clone(), file);
        Ok(name)
    }

    /// Replays every file.
    ///
    /// # Errors
    /// [`CeremonyError`] names the first file that does not hold and why.
    pub fn verify(&self, roster: &Roster) -> Result<Outcome, CeremonyError> {
        if let Some(stray) = self.stray() {
            return Err(CeremonyError::Stray(stray));
        }
        let finished = self.verify_powers(roster)?;
        let (precheck, authors) = self.verify_key::<Precheck>(roster, &finished)?;
        let (register, others) = self.verify_key::<Register>(roster, &finished)?;
        let contributors = authors.intersection(&others).cloned().collect();
        Ok(Outcome { transcript: self.digest(), contributors, precheck, register })
    }

    /// A file that stands in none of the three chains, so that replaying would pass it over.
    pub(super) fn stray(&self) -> Option<String> {
        let chain = |stage: &str, first: u16| {
            let names = (first..u16::MAX).map(move |sequence| file_name(stage, sequence));
            names.take_while(|name| self.files.contains_key(name)).collect::<Vec<_>>()
        };
        let stages = [(POWERS, 1), (Precheck::NAME, 0), (Register::NAME, 0)];
        let known: BTreeSet<String> =
            stages.into_iter().flat_map(|(stage, first)| chain(stage, first)).collect();
        self.files.keys().find(|name| !known.contains(*name)).cloned()
    }

    /// Hash over all files.
    pub fn digest(&self) -> Digest {
        let hashes: Vec<Digest> = self.files.values().map(|file| hash::sha256(&[file])).collect();
        let mut parts: Vec<&[u8]> = vec![self.ceremony.as_bytes()];
        for (name, digest) in self.files.keys().zip(&hashes) {
            parts.push(name.as_bytes());
            parts.push(digest.as_bytes());
        }
        hash::tagged_unbound("ceremony-transcript", &parts)
    }

    /// Replays phase 1.
    pub(super) fn verify_powers(&self, roster: &Roster) -> Result<Finished, CeremonyError> {
        let places = self.powers_places();
        let mut before = Powers::initial(self.power).heads();
        let mut authors = BTreeSet::new();
        let mut finished = None;
        for place in &places {
            let (record, powers) = self.read_powers(place)?;
            authors.insert(admit(&record, place, roster)?);
            let pairs: Vec<_> = before.into_iter().zip(powers.heads()).collect();
            if !record.knows(&pairs) {
                return Err(CeremonyError::NoKnowledge(place.name()));
            }
            powers.check(&record.digest).map_err(|what| lie(place, what))?;
            before = powers.heads();
            finished = Some(Finished { powers, file: record.digest });
        }
        enough(POWERS, &authors)?;
        finished.ok_or_else(|| missing(POWERS, 1))
    }

    /// Replays phase 2 of one statement.
    pub(super) fn verify_key<S: Statement>(
        &self,
        roster: &Roster,
        finished: &Finished,
    ) -> Result<(ProvingKey<S>, BTreeSet<MemberId>), CeremonyError> {
        let shape = self.shape::<S>()?;
        let places = self.key_places::<S>(&shape)?;
        let (first, contributions) = places.split_first().ok_or_else(|| missing(S::NAME, 0))?;
        let (record, origin) = self.read_origin(first, &shape)?;
        origin.check(&finished.powers, &shape, &record.digest).map_err(|what| lie(first, what))?;
        let mut key = Key::of(&origin);
        let mut authors = BTreeSet::new();
        for place in contributions {
            let (record, after) = self.read_key(place, &shape)?;
            authors.insert(admit(&record, place, roster)?);
            if !record.knows(&[(key.delta_g1, after.delta_g1)]) {
                return Err(CeremonyError::NoKnowledge(place.name()));
            }
            after.check(&origin, &record.digest).map_err(|what| lie(place, what))?;
            key = after;
        }
        enough(S::NAME, &authors)?;
        Ok((ProvingKey::new(key.assemble(origin), shape)?, authors))
    }

    /// Reads the last powers without replaying what led to them.
    pub(super) fn finished(&self) -> Result<Finished, CeremonyError> {
        let places = self.powers_places();
        let last = places.last().ok_or_else(|| missing(POWERS, 1))?;
        let (record, powers) = self.read_powers(last)?;
        Ok(Finished { file: record.digest, powers })
    }

    fn read_powers(&self, place: &Place) -> Result<(Record<'_>, Powers), CeremonyError> {
        let record = Record::read(self.file(place)?, place)?;
        let powers = Powers::decode(record.body, self.power);
        Ok((record, powers.ok_or_else(|| CeremonyError::Malformed(place.name()))?))
    }

    fn read_origin(
        &self,
        place: &Place,
        shape: &Shape,
    ) -> Result<(Record<'_>, Origin), CeremonyError> {
        let record = Record::read(self.file(place)?, place)?;
        let origin = Origin::decode(record.body, shape);
        Ok((record, origin.ok_or_else(|| CeremonyError::Malformed(place.name()))?))
    }

    fn read_key(&self, place: &Place, shape: &Shape) -> Result<(Record<'_>, Key), CeremonyError> {
        let record = Record::read(self.file(place)?, place)?;
        let key = Key::decode(record.body, shape);
        Ok((record, key.ok_or_else(|| CeremonyError::Malformed(place.name()))?))
    }

    fn file(&self, place: &Place) -> Result<&[u8], CeremonyError> {
        let file = self.files.get(&place.name()).map(Vec::as_slice);
        file.ok_or_else(|| missing(&place.stage, place.sequence))
    }

    fn place(&self, stage: &str, sequence: u16, parent: Digest, circuit: Digest) -> Place {
        let (ceremony, stage) = (self.ceremony, stage.to_owned());
        Place { ceremony, stage, sequence, parent, circuit }
    }

    /// Where the files of phase 1 that are there must stand.
    fn powers_places(&self) -> Vec<Place> {
        self.chain(POWERS, 1, self.ceremony, Digest::ZERO)
    }

    fn next_powers_place(&self) -> Place {
        let places = self.powers_places();
        let parent = places.last().and_then(|place| self.file(place).ok());
        let parent = parent.map_or(self.ceremony, |file| hash::sha256(&[file]));
        self.place(POWERS, places.len() as u16 + 1, parent, Digest::ZERO)
    }

    fn key_places<S: Statement>(&self, shape: &Shape) -> Result<Vec<Place>, CeremonyError> {
        let powers = self.powers_places();
        let last = powers.last().ok_or_else(|| missing(POWERS, 1))?;
        let parent = hash::sha256(&[self.file(last)?]);
        Ok(self.chain(S::NAME, 0, parent, shape.hash()))
    }

    fn chain(&self, stage: &str, first: u16, parent: Digest, circuit: Digest) -> Vec<Place> {
        let mut parent = parent;
        let files = (first..u16::MAX).map_while(|sequence| {
            let file = self.files.get(&file_name(stage, sequence))?;
            let place = self.place(stage, sequence, parent, circuit);
            parent = hash::sha256(&[file]);
            Some(place)
        });
        files.collect()
    }

    fn shape<S: Statement>(&self) -> Result<Shape, CeremonyError> {
        let shape = Shape::of::<S>()?;
        if shape.domain_power() != self.power {
            return Err(CeremonyError::OtherDomain(S::NAME));
        }
        Ok(shape)
    }
}

impl Outcome {
    /// Checks that keys registered elsewhere are the ones that the transcript leads to.
    ///
    /// # Errors
    /// [`CeremonyError::OtherKey`] names the statement whose key is another.
    pub fn expect(&self, precheck: &[u8], register: &[u8]) -> Result<(), CeremonyError> {
        if self.precheck.verifying_key().encode() != precheck {
            return Err(CeremonyError::OtherKey(Precheck::NAME));
        }
        if self.register.verifying_key().encode() != register {
            return Err(CeremonyError::OtherKey(Register::NAME));
        }
        Ok(())
    }
}

fn admit(record: &Record<'_>, place: &Place, roster: &Roster) -> Result<MemberId, CeremonyError> {
    let author = record.author()?;
    if roster.get(&author.member) != Some(&author.key) {
        let (file, member) = (place.name(), author.member.clone());
        return Err(CeremonyError::UnknownContributor { file, member });
    }
    Ok(author.member.clone())
}

fn enough(stage: &'static str, authors: &BTreeSet<MemberId>) -> Result<(), CeremonyError> {
    let (found, required) = (authors.len(), CONTRIBUTORS_MIN);
    if found >= required { Ok(()) } else { Err(CeremonyError::TooFew { stage, found, required }) }
}

fn lie(place: &Place, what: &'static str) -> CeremonyError {
    CeremonyError::Lie { file: place.name(), what }
}

fn missing(stage: &str, sequence: u16) -> CeremonyError {
    CeremonyError::Missing(file_name(stage, sequence))
}
