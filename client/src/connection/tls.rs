//! What a connection is secured with.

use crate::{
    authority::member_host,
    error::{Error, Result},
    files,
    profile::{NodeEndpoint, TlsFiles},
};
use std::{fmt, path::Path, time::Duration};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use zeroize::Zeroizing;

/// A member's TLS certificate and key, and the authority that nodes must be certified by.
pub struct TlsMaterial {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    authority: Vec<u8>,
}

impl TlsMaterial {
    /// Reads the PEM files.
    ///
    /// # Errors
    /// [`Error::Local`] names the file.
    pub fn load(tls: &TlsFiles) -> Result<Self> {
        let read = |path: &Path| {
            files::read_bounded(path, files::SMALL_BYTES_MAX)
                .map_err(Error::local(format!("TLS file {}", path.display())))
        };
        Ok(Self {
            certificate: read(&tls.certificate)?,
            key: Zeroizing::new(read(&tls.key)?),
            authority: read(&tls.authority)?,
        })
    }

    /// A channel to a node; it connects when it is first used.
    pub(crate) fn channel(&self, node: &NodeEndpoint) -> Result<Channel> {
        let refused = |error: &dyn fmt::Display| {
            let what = format!("no connection to {} can be prepared: {error}", node.url);
            Error::usage(what, "check the URL and the files under [tls] in the profile")
        };
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.authority))
            .identity(Identity::from_pem(&self.certificate, self.key.as_slice()))
            .timeout(Duration::from_secs(5));
        if let Some(member) = &node.member {
            tls = tls.domain_name(member_host(member));
        }
        let endpoint = Endpoint::from_shared(node.url.clone())
            .and_then(|endpoint| endpoint.user_agent(concat!("hansa/", env!("CARGO_PKG_VERSION"))))
            .and_then(|endpoint| endpoint.tls_config(tls))
            .map_err(|error| refused(&chain(&error)))?;
        Ok(endpoint
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(false)
            .http2_max_header_list_size(16 * 1024)
            .connect_lazy())
    }
}

impl fmt::Debug for TlsMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsMaterial([redacted])")
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn malformed_material_and_urls_are_refused_before_connecting() {
        let material = TlsMaterial {
            certificate: b"no PEM".to_vec(),
            key: Zeroizing::new(b"no PEM".to_vec()),
            authority: b"no PEM".to_vec(),
        };
        for url in ["https://127.0.0.1:1", "https://no host"] {
            let node = NodeEndpoint { url: url.to_owned(), member: None };
            let error = material.channel(&node).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(url), "{error}");
        }
        assert_eq!(format!("{material:?}"), "TlsMaterial([redacted])");
    }
}
