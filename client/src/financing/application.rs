//! An application as it travels from applicant to bank.

use crate::error::{Error, Result};
use bincode::{Decode, Encode};
use hansa_documents::grant::{GrantTerms, WrappedKey};
use hansa_primitives::{
    ChainId, Digest, DocumentId, MemberId, Signature, Signer, Ucr, VerifyingKey, Version,
    codec::{self, Canonical, CodecError},
    hash,
};
use hansa_zkp::{Disclosure, FieldBytes, Proof, RegisterPublic};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const KIND: &str = "financing-application";
/// Bytes of the largest application as JSON.
pub(super) const JSON_BYTES_MAX: usize = 1024 * 1024;

/// What is applied for, and everything that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationBody {
    /// The ledger.
    pub chain: ChainId,
    /// Who applies.
    pub applicant: MemberId,
    /// To which bank.
    pub bank: MemberId,
    /// The bank's challenge.
    pub challenge: Digest,
    /// The shipment that is traded.
    pub ucr: Ucr,
    /// The amount in minor units.
    pub asked: u64,
    /// Its currency.
    pub currency: String,
    /// The invoice among the papers.
    pub invoice: (DocumentId, Version),
    /// The applicant's own registration of the invoice, whose leaf the proofs open.
    pub leaf: (DocumentId, Version),
    /// The papers, wrapped for the bank.
    pub grants: Vec<HandedGrant>,
    /// "Not financed yet", for the bank's eyes. Absent only where it could not be made.
    pub precheck: Option<Made>,
    /// The registration, ready for the bank to submit.
    pub registration: Made,
    /// Opens the claim of the registration together with amount and currency.
    pub claim_blinding: FieldBytes,
    /// Ties the proofs to the invoice.
    pub disclosure: Disclosure,
}

/// A grant that is handed over rather than put on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedGrant {
    /// Its terms.
    pub terms: GrantTerms,
    /// The key.
    pub wrapped: WrappedKey,
}

/// A proof with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The key that it was made under.
    pub key: Digest,
    /// Canonical bytes of the public inputs.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub public: Vec<u8>,
    /// The proof.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub proof: Vec<u8>,
}

/// An application under its applicant's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedApplication {
    /// What was signed.
    pub body: ApplicationBody,
    /// Under the applicant's actor key.
    pub signature: Signature,
}

impl Canonical for ApplicationBody {
    const BYTES_MAX: usize = JSON_BYTES_MAX;
}

impl Made {
    pub(super) fn new<P: Canonical>(key: Digest, public: &P, proof: &Proof) -> Self {
        Self { key, public: codec::encode(public), proof: proof.0.to_vec() }
    }

    /// The public inputs and the proof.
    pub(super) fn read<P: Canonical>(&self) -> Result<(P, Proof), CodecError> {
        Ok((codec::decode(&self.public)?, codec::decode(&self.proof)?))
    }
}

impl ApplicationBody {
    /// Signs the application.
    pub fn sign(self, signer: &dyn Signer) -> SignedApplication {
        SignedApplication { signature: signer.sign(&self.signing_bytes()), body: self }
    }

    /// The application's number: the beginning of its hash.
    pub fn number(&self) -> String {
        let hash = hash::tagged(&self.chain, KIND, &[&codec::encode(self)]);
        hex::encode(&hash.as_bytes()[..16])
    }

    fn signing_bytes(&self) -> Vec<u8> {
        hash::signing_bytes(&self.chain, KIND, &codec::encode(self))
    }
}

impl SignedApplication {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`Error::Usage`] with line and column of what is wrong.
    pub fn from_json(text: &str) -> Result<Self> {
        let next = "build the application with the SDK of the same version as the bank's node";
        if text.len() > JSON_BYTES_MAX {
            let what = format!("the application has {} bytes, too many", text.len());
            return Err(Error::usage(what, next));
        }
        serde_json::from_str(text)
            .map_err(|error| Error::usage(format!("the application: {error}"), next))
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("text keys, numbers and text become JSON")
    }

    /// What the registration is about: claim, nullifier, session.
    ///
    /// # Errors
    /// [`Error::Proof`] if the public inputs are malformed.
    pub fn registration_inputs(&self) -> Result<RegisterPublic> {
        codec::decode(&self.body.registration.public).map_err(|error| {
            let next = "ask the applicant for a new application";
            Error::proof("the registration", error, next)
        })
    }

    /// Whether the signature is that of the key.
    pub(super) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verify(&self.body.signing_bytes(), &self.signature).is_ok()
    }
}

fn to_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    hex::decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hansa_primitives::SigningKey;

    pub(in crate::financing) fn body() -> ApplicationBody {
        let place = |byte| (DocumentId(Digest([byte; 32])), Version(1));
        ApplicationBody {
            chain: ChainId::new("milk").unwrap(),
            applicant: MemberId::new("fangxin").unwrap(),
            bank: MemberId::new("bank-of-china").unwrap(),
            challenge: Digest([9; 32]),
            ucr: Ucr::new("2018DE-1").unwrap(),
            asked: 1_921_500,
            currency: "EUR".to_owned(),
            invoice: place(1),
            leaf: place(2),
            grants: Vec::new(),
            precheck: None,
            registration: Made { key: Digest([3; 32]), public: vec![1, 2], proof: vec![3; 128] },
            claim_blinding: FieldBytes::ZERO,
            disclosure: Disclosure {
                tag: FieldBytes::ZERO,
                salt: FieldBytes::ZERO,
                session_blinding: FieldBytes::ZERO,
            },
        }
    }

    #[test]
    fn json_and_canonical_bytes_carry_the_same() {
        let signed = body().sign(&SigningKey::from_seed(&[1; 32]));
        let read = SignedApplication::from_json(&signed.to_json()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(codec::decode::<ApplicationBody>(&codec::encode(&read.body)).unwrap(), body());
    }

    #[test]
    fn the_signature_covers_every_part() {
        let key = SigningKey::from_seed(&[1; 32]);
        let signed = body().sign(&key);
        assert!(signed.is_signed_by(&key.verifying_key()));
        let altered = |change: fn(&mut ApplicationBody)| {
            let mut other = signed.clone();
            change(&mut other.body);
            assert!(!other.is_signed_by(&key.verifying_key()));
            assert_ne!(other.body.number(), signed.body.number());
        };
        altered(|body| body.asked += 1);
        altered(|body| body.bank = MemberId::new("second-bank").unwrap());
        altered(|body| body.challenge = Digest([8; 32]));
        altered(|body| body.registration.proof[0] ^= 1);
        altered(|body| body.chain = ChainId::new("silk").unwrap());
        assert!(!signed.is_signed_by(&SigningKey::from_seed(&[2; 32]).verifying_key()));
    }

    #[test]
    fn what_is_no_application_is_refused_within_bounds() {
        assert_eq!(SignedApplication::from_json("{}").unwrap_err().exit_code(), 2);
        let long = " ".repeat(JSON_BYTES_MAX + 1);
        assert!(SignedApplication::from_json(&long).unwrap_err().to_string().contains("too many"));
        let unknown =
            body().sign(&SigningKey::from_seed(&[1; 32])).to_json().replacen('{', "{\"x\":1,", 1);
        assert!(SignedApplication::from_json(&unknown).is_err());
    }
}
