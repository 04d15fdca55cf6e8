//! One file of a transcript: a header that says what it is and who made it, and a body of points.
//!
//! ```text
//! "hansa-ceremony-1" | length of header, u32 LE | header | body
//! ```

use super::{CeremonyError, knowledge::Knowledge};
use crate::field::Fr;
use ark_bn254::G1Affine;
use ark_std::rand::{CryptoRng, RngCore};
use bincode::{Decode, Encode};
use hansa_primitives::{
    Digest, MemberId, Signature, Signer, VerifyingKey,
    codec::{self, Canonical},
    hash,
};

const MAGIC: &[u8; 16] = b"hansa-ceremony-1";
/// A file of the largest domain is smaller than this.
const BYTES_MAX: usize = 64 << 20;

/// Where a file stands: what it must say of itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Place {
    /// Hash of the ceremony's label and domain.
    pub(super) ceremony: Digest,
    /// `powers`, or the name of a statement.
    pub(super) stage: String,
    /// Number of the file in its stage.
    pub(super) sequence: u16,
    /// Hash of the file that this one goes on from.
    pub(super) parent: Digest,
    /// Hash of the statement's circuit; zero for powers.
    pub(super) circuit: Digest,
}

impl Place {
    /// The file's name.
    pub(super) fn name(&self) -> String {
        file_name(&self.stage, self.sequence)
    }
}

/// The name of a file in a transcript.
pub(super) fn file_name(stage: &str, sequence: u16) -> String {
    format!("{stage}-{sequence:02}.bin")
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Header {
    place: Place,
    body: Digest,
    author: Option<Author>,
}

impl Canonical for Header {
    const BYTES_MAX: usize = 4096;
}

/// Who made a contribution, and the proof that it was made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Author {
    pub(super) member: MemberId,
    pub(super) key: VerifyingKey,
    knowledge: Vec<Knowledge>,
    signature: Signature,
}

/// A factor and the point that it was applied to.
pub(super) type Factor<'a> = (&'a G1Affine, &'a Fr);

/// A file that was read.
pub(super) struct Record<'a> {
    header: Header,
    pub(super) body: &'a [u8],
    pub(super) digest: Digest,
}

/// Writes a file that holds no secret.
pub(super) fn write_origin(place: Place, body: &[u8]) -> Vec<u8> {
    assemble(&Header { place, body: hash::sha256(&[body]), author: None }, body)
}

/// Writes a contribution: proves knowledge of its factors and signs it.
pub(super) fn write(
    place: Place,
    body: &[u8],
    member: &MemberId,
    signer: &dyn Signer,
    factors: &[Factor<'_>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<u8> {
    let body_digest = hash::sha256(&[body]);
    let key = signer.verifying_key();
    let intent = intent(&place, &body_digest, member, &key);
    let knowledge: Vec<_> =
        factors.iter().map(|(base, factor)| Knowledge::prove(&intent, base, factor, rng)).collect();
    let signature = signer.sign(&signing_bytes(&intent, &knowledge));
    let author = Some(Author { member: member.clone(), key, knowledge, signature });
    assemble(&Header { place, body: body_digest, author }, body)
}

fn assemble(header: &Header, body: &[u8]) -> Vec<u8> {
    let header = codec::encode(header);
    let mut file = Vec::with_capacity(MAGIC.len() + 4 + header.len() + body.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&(header.len() as u32).to_le_bytes());
    file.extend_from_slice(&header);
    file.extend_from_slice(body);
    file
}

fn intent(place: &Place, body: &Digest, member: &MemberId, key: &VerifyingKey) -> Digest {
    let place = codec::encode(place);
    let parts: [&[u8]; 4] = [&place, body.as_bytes(), member.as_str().as_bytes(), &key.0];
    hash::tagged_unbound("ceremony-intent", &parts)
}

fn signing_bytes(intent: &Digest, knowledge: &[Knowledge]) -> [u8; 32] {
    let knowledge = codec::encode(&knowledge.to_vec());
    let parts: [&[u8]; 2] = [intent.as_bytes(), &knowledge];
    *hash::tagged_unbound("ceremony-contribution", &parts).as_bytes()
}

impl<'a> Record<'a> {
    /// Reads a file that should stand at a place.
    pub(super) fn read(file: &'a [u8], place: &Place) -> Result<Self, CeremonyError> {
        let name = place.name();
        let malformed = || CeremonyError::Malformed(name.clone());
        let rest = file.strip_prefix(MAGIC).filter(|_| file.len() <= BYTES_MAX);
        let (length, rest) = rest.and_then(<[u8]>::split_first_chunk).ok_or_else(malformed)?;
        let (header, body) =
            rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(malformed)?;
        let header: Header = codec::decode(header).map_err(|_| malformed())?;
        if hash::sha256(&[body]) != header.body {
            return Err(malformed());
        }
        let found = &header.place;
        let differing = [
            ("ceremony", found.ceremony != place.ceremony),
            ("stage", found.stage != place.stage),
            ("number", found.sequence != place.sequence),
            ("parent", found.parent != place.parent),
            ("circuit", found.circuit != place.circuit),
        ];
        if let Some((what, _)) = differing.into_iter().find(|(_, differs)| *differs) {
            return Err(CeremonyError::Elsewhere { file: name, what });
        }
        Ok(Self { header, body, digest: hash::sha256(&[file]) })
    }

    /// The author of a contribution, once the signature verifies.
    pub(super) fn author(&self) -> Result<&Author, CeremonyError> {
        let name = self.header.place.name();
        let unsigned = || CeremonyError::NotSigned(name.clone());
        let author = self.header.author.as_ref().ok_or_else(unsigned)?;
        let message = signing_bytes(&self.intent(author), &author.knowledge);
        author.key.verify(&message, &author.signature).map_err(|_| unsigned())?;
        Ok(author)
    }

    /// Whether the author knew the factors between these bases and images.
    pub(super) fn knows(&self, pairs: &[(G1Affine, G1Affine)]) -> bool {
        let Some(author) = &self.header.author else { return false };
        let intent = self.intent(author);
        author.knowledge.len() == pairs.len()
            && author
                .knowledge
                .iter()
                .zip(pairs)
                .all(|(proof, (base, image))| proof.verify(&intent, base, image))
    }

    fn intent(&self, author: &Author) -> Digest {
        intent(&self.header.place, &self.header.body, &author.member, &author.key)
    }
}
