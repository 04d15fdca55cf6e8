//! The consortium's certificate authority: who is a member, and which TLS certificates speak for
//! it.
//!
//! Two authorities lie in one directory. The identity authority (Ed25519) signs members'
//! certificates and the revocation list; its own certificate is the anchor in the ledger's genesis.
//! The TLS authority (ECDSA P-256) signs certificates for connections. TLS keys never sign
//! transactions and the other way round.

mod key;
mod register;
mod request;
mod tls;

pub use request::{MemberRequest, TlsRequest, Validity};
pub use tls::{TlsKey, member_host};

use crate::{
    files,
    keystore::{self, KdfParameters, KeyKind, Keystore, KeystoreError},
};
use hansa_primitives::{
    BlockTime, SigningKey,
    certificate::{CertificateError, MemberCertificate, ROLE_EXTENSION_OID},
};
use key::IdentityKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    DnValue, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    RevocationReason, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use register::{Register, Use};
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// How long a revocation list says it is current. The ledger goes by the list's number, not by
/// this.
const LIST_VALIDITY_MS: u64 = 30 * 24 * 3600 * 1000;

/// Why the authority could not do what it was asked for.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// The directory holds an authority already.
    #[error("{0} holds an authority already; an authority is never replaced")]
    Exists(PathBuf),
    /// Another process works with the directory.
    #[error("the authority in {0} is in use by another process; wait until it has ended")]
    InUse(PathBuf),
    /// A key of the authority.
    #[error("the authority's key: {0}")]
    Keystore(#[from] KeystoreError),
    /// A file of the authority.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the authority does not hold what it should.
    #[error("{path}: {reason}; restore the authority's directory from a backup")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The request cannot be made a certificate.
    #[error("the certificate request for `{member}`: {reason}")]
    BadRequest {
        /// For whom.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The certificate that came out does not read back.
    #[error("the issued certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The authority never issued this serial number.
    #[error("this authority issued no certificate with serial number {0}; check the number")]
    UnknownSerial(String),
    /// The certificate is on the list already.
    #[error("serial number {0} is revoked already; nothing needs to be done")]
    RevokedAlready(String),
    /// The cryptographic library refused.
    #[error("signing failed: {0}")]
    Signing(String),
}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Signing(error.to_string())
    }
}

/// What a new authority is made from.
#[derive(Clone, Copy, Debug)]
pub struct AuthoritySettings<'a> {
    /// The consortium's name, in the subject of both authorities' certificates.
    pub name: &'a str,
    /// Seals the authority's keys.
    pub passphrase: &'a [u8],
    /// The cost of trying passphrases.
    pub parameters: KdfParameters,
    /// How long the authority's own certificates are valid.
    pub validity: Validity,
}

/// An open authority.
pub struct Authority {
    directory: PathBuf,
    anchor: Vec<u8>,
    identity: Issuer<'static, IdentityKey>,
    tls_anchor: String,
    tls: Issuer<'static, KeyPair>,
    register: Register,
    _lock: File,
}

impl Authority {
    /// Makes both authorities in a directory, and opens them.
    ///
    /// # Errors
    /// [`AuthorityError::Exists`] if the directory holds one already; otherwise what failed.
    pub fn create(
        directory: &Path,
        settings: &AuthoritySettings<'_>,
    ) -> Result<Self, AuthorityError> {
        let anchor_path = directory.join("anchor.der");
        if anchor_path.exists() {
            return Err(AuthorityError::Exists(directory.to_owned()));
        }
        let seed = Keystore::generate(
            &directory.join(KeyKind::Authority.file_name()),
            KeyKind::Authority,
            settings.passphrase,
            settings.parameters,
        )?;
        let identity = IdentityKey::new(SigningKey::from_seed(&seed));
        let tls = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        keystore::create_secret(
            &directory.join(KeyKind::TlsAuthority.file_name()),
            KeyKind::TlsAuthority,
            tls.serialized_der(),
            settings.passphrase,
            settings.parameters,
        )?;
        let name = format!("{} Members", settings.name);
        let anchor = authority_params(&name, settings.validity).self_signed(&identity)?;
        let name = format!("{} Connections", settings.name);
        let tls_anchor = authority_params(&name, settings.validity).self_signed(&tls)?;
        write(&directory.join("tls-anchor.pem"), tls_anchor.pem().as_bytes())?;
        Register::default().save(directory)?;
        // Last: its presence says that the authority is complete.
        write(&anchor_path, anchor.der())?;
        Self::open(directory, settings.passphrase)
    }

    /// Opens the authority in a directory. Only one process at a time may.
    ///
    /// # Errors
    /// [`AuthorityError`] names the file that is missing, malformed or in use.
    pub fn open(directory: &Path, passphrase: &[u8]) -> Result<Self, AuthorityError> {
        let lock = lock(directory)?;
        let path = directory.join(KeyKind::Authority.file_name());
        let seed = Keystore::open(&path, KeyKind::Authority, passphrase)?;
        let anchor = read(&directory.join("anchor.der"))?;
        let identity = Issuer::from_ca_cert_der(
            &anchor.as_slice().into(),
            IdentityKey::new(SigningKey::from_seed(&seed)),
        )?;
        let path = directory.join(KeyKind::TlsAuthority.file_name());
        let key = keystore::open_secret(&path, KeyKind::TlsAuthority, passphrase)?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(key.as_slice()),
            &PKCS_ECDSA_P256_SHA256,
        )?;
        let path = directory.join("tls-anchor.pem");
        let tls_anchor = String::from_utf8(read(&path)?).map_err(|_| malformed(&path, "no PEM"))?;
        let tls = Issuer::from_ca_cert_pem(&tls_anchor, key)?;
        let register = Register::load(directory)?;
        let directory = directory.to_owned();
        Ok(Self { directory, anchor, identity, tls_anchor, tls, register, _lock: lock })
    }

    /// The identity authority's own certificate in DER: the anchor for the genesis.
    pub fn anchor(&self) -> &[u8] {
        &self.anchor
    }

    /// The TLS authority's own certificate in PEM: what every connection is checked against.
    pub fn tls_anchor(&self) -> &str {
        &self.tls_anchor
    }

    /// Issues a member's certificate, in DER.
    ///
    /// # Errors
    /// [`AuthorityError::BadRequest`] if the request cannot be encoded; nothing is issued then.
    pub fn issue_member(&mut self, request: &MemberRequest) -> Result<Vec<u8>, AuthorityError> {
        let serial = fresh_serial()?;
        let mut params = request.validity.params();
        params.distinguished_name.push(DnType::CountryName, request.country(&request.country)?);
        params.distinguished_name.push(DnType::OrganizationName, request.name.as_str());
        params.subject_alt_names = vec![request::member_uri(&request.member)?];
        params.custom_extensions = vec![role_extension(request.role.name())];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let key = key::public_key(&request.key);
        let der = params.signed_by(&key, &self.identity)?.der().to_vec();
        // Read it as the ledger will: what it would refuse is not handed out.
        let certificate = MemberCertificate::parse(&der)?;
        assert_eq!(certificate.serial, serial, "the serial number is positive and minimal");
        self.register.issued(&request.member, &serial, Use::Signing);
        self.register.save(&self.directory)?;
        Ok(der)
    }

    /// Issues a TLS certificate; the answer is the PEM chain to present, without the anchor.
    ///
    /// # Errors
    /// [`AuthorityError::BadRequest`] if a name is none, or the key is no P-256 key.
    pub fn issue_tls(&mut self, request: &TlsRequest) -> Result<String, AuthorityError> {
        let serial = fresh_serial()?;
        let mut params = request.params()?;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let pem = params.signed_by(&request.key()?, &self.tls)?.pem();
        self.register.issued(&request.member, &serial, Use::Connections);
        self.register.save(&self.directory)?;
        Ok(pem)
    }

    /// Revokes a member's certificate and gives the new revocation list in DER, for the ledger.
    ///
    /// Lists are numbered and cumulative. The list is durable before it is handed out, so that a
    /// number never stands for two lists.
    ///
    /// # Errors
    /// [`AuthorityError::UnknownSerial`] or [`AuthorityError::RevokedAlready`].
    pub fn revoke(&mut self, serial: &[u8], now: BlockTime) -> Result<Vec<u8>, AuthorityError> {
        self.register.revoke(serial, now)?;
        self.register.save(&self.directory)?;
        self.revocation_list(now)
    }

    /// The present revocation list in DER, signed anew.
    ///
    /// # Errors
    /// [`AuthorityError::Signing`] if the library refuses.
    pub fn revocation_list(&self, now: BlockTime) -> Result<Vec<u8>, AuthorityError> {
        let revoked_certs = self
            .register
            .revoked()
            .map(|(serial, time)| RevokedCertParams {
                serial_number: SerialNumber::from_slice(&serial),
                revocation_time: date_time_ymd(1970, 1, 1) + request::since_1970(time),
                reason_code: Some(RevocationReason::CessationOfOperation),
                invalidity_date: None,
            })
            .collect();
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(1970, 1, 1) + request::since_1970(now),
            next_update: date_time_ymd(1970, 1, 1)
                + request::since_1970(now.plus_millis(LIST_VALIDITY_MS)),
            crl_number: SerialNumber::from_slice(&minimal(self.register.list_number())),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.identity)?.der().to_vec())
    }

    /// The serial numbers of a member's signing certificates, oldest first.
    pub fn serials_of(&self, member: &hansa_primitives::MemberId) -> Vec<Vec<u8>> {
        self.register.serials_of(member)
    }
}

fn authority_params(name: &str, validity: Validity) -> CertificateParams {
    let mut params = validity.params();
    params.distinguished_name.push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn role_extension(role: &str) -> CustomExtension {
    // UTF8String: every role's name is shorter than 128 bytes.
    let mut content = vec![0x0c, role.len() as u8];
    content.extend_from_slice(role.as_bytes());
    CustomExtension::from_oid_content(&ROLE_EXTENSION_OID, content)
}

/// Sixteen random bytes, positive and without leading zeros (RFC 5280 section 4.1.2.2).
fn fresh_serial() -> Result<[u8; 16], AuthorityError> {
    let mut serial = [0; 16];
    keystore::fill_random(&mut serial)?;
    serial[0] = serial[0] & 0x3f | 0x40;
    Ok(serial)
}

/// The bytes of a number without leading zeros.
fn minimal(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let zeros = (number.leading_zeros() / 8).min(7) as usize;
    bytes[zeros..].to_vec()
}

fn member_uri_names(uri: String) -> Result<SanType, rcgen::Error> {
    Ok(SanType::URI(uri.try_into()?))
}

fn lock(directory: &Path) -> Result<File, AuthorityError> {
    let path = directory.join("lock");
    let file = keystore::create_private(&path)
        .map_err(|source| AuthorityError::Io { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(AuthorityError::InUse(directory.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(AuthorityError::Io { path, source }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, AuthorityError> {
    files::read_bounded(path, files::SMALL_BYTES_MAX)
        .map_err(|source| AuthorityError::Io { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    files::write_whole(path, bytes)
        .map_err(|source| AuthorityError::Io { path: path.to_owned(), source })
}

fn malformed(path: &Path, reason: impl Into<String>) -> AuthorityError {
    AuthorityError::Malformed { path: path.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
