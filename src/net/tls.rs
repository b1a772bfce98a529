//! TLS on both sides: what we show to clients, and whom we believe upstream.
//!
//! The cryptographic provider is named in every configuration: there is no process-wide default to
//! install, forget, or install twice.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::base::Diagnostic;
use crate::base::Timestamp;
use crate::net::Others;
use crate::net::config::ServerTls;
use crate::net::others_may;
use crate::net::validity::not_after;

/// The only protocol that is offered and accepted: [RFC 7301], HTTP/1.1.
const ALPN: &[u8] = b"http/1.1";

/// Seconds before the end of a certificate from which on a warning is given.
const SOON: i64 = 14 * 24 * 3600;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Reads certificate chain and key of a listener. Refuses files that do not parse and a key that is
/// not the certificate's; warns of a certificate that has ended or soon will, and of a key file
/// that others can read.
///
/// A reload calls this and, if it succeeds, puts the result into the `Live` that
/// [`crate::base::Live`] readers take their snapshot from; a failure leaves the old one in place.
pub fn server_config(
    files: &ServerTls,
    now: Timestamp,
) -> Result<(Arc<ServerConfig>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    let (chain, key) = identity(&files.certificate, &files.key, now, &mut warnings)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| vec![refused(&files.certificate, &error)])?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok((Arc::new(config), warnings))
}

/// Gives the configuration for connections to an upstream: it trusts the authorities in `ca`, or
/// the operating system's; it shows the client certificate, if there is one.
pub fn client_config(
    ca: Option<&Path>,
    identity_files: Option<(&Path, &Path)>,
    now: Timestamp,
) -> Result<(Arc<ClientConfig>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| vec![Diagnostic::error("tls", error.to_string())])?;
    let builder = match ca {
        Some(file) => builder.with_root_certificates(authorities(file)?),
        None => builder
            .with_platform_verifier()
            .map_err(|error| vec![Diagnostic::error("system trust store", error.to_string())])?,
    };
    let mut config = match identity_files {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let (chain, key) = identity(certificate, key, now, &mut warnings)?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| vec![refused(certificate, &error)])?
        }
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok((Arc::new(config), warnings))
}

fn refused(certificate: &Path, error: &rustls::Error) -> Diagnostic {
    Diagnostic::error(&name(certificate), format!("certificate and key: {error}"))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(
    certificate: &Path,
    key: &Path,
    now: Timestamp,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Identity, Vec<Diagnostic>> {
    let chain = certificates(certificate);
    let private = private_key(key);
    warnings.extend(readable_by_others(key));
    match (chain, private) {
        (Ok(chain), Ok(private)) => {
            warnings.extend(chain.first().and_then(|leaf| expiry(certificate, leaf, now)));
            Ok((chain, private))
        }
        (chain, private) => Err(chain.err().into_iter().chain(private.err()).collect()),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Diagnostic> {
    let text = read(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if chain.is_empty() => {
            Err(Diagnostic::error(&name(file), "no certificate in this file")
                .hinting("the file must be PEM, with BEGIN CERTIFICATE"))
        }
        Ok(chain) => Ok(chain),
        Err(error) => Err(Diagnostic::error(&name(file), error.to_string())),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, Diagnostic> {
    let text = zeroize::Zeroizing::new(read(file)?);
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        Diagnostic::error(&name(file), "no private key in this file")
            .hinting("the file must be PEM, with BEGIN PRIVATE KEY, not encrypted")
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Diagnostic> {
    fs::read(file)
        .map_err(|error: io::Error| Diagnostic::error(&name(file), format!("cannot read: {error}")))
}

fn authorities(file: &Path) -> Result<RootCertStore, Vec<Diagnostic>> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(file).map_err(|diagnostic| vec![diagnostic])? {
        store.add(certificate).map_err(|error| {
            vec![Diagnostic::error(&name(file), format!("not an authority: {error}"))]
        })?;
    }
    Ok(store)
}

fn expiry(file: &Path, leaf: &CertificateDer<'_>, now: Timestamp) -> Option<Diagnostic> {
    let end = not_after(leaf)?;
    let now = i64::try_from(now.seconds()).ok()?;
    let message = if end < now {
        "the certificate has expired"
    } else if end < now + SOON {
        "the certificate expires in less than 14 days"
    } else {
        return None;
    };
    Some(Diagnostic::warning(&name(file), message).hinting("renew it; the file is watched"))
}

fn readable_by_others(key: &Path) -> Option<Diagnostic> {
    let metadata = fs::metadata(key).ok()?;
    (others_may(&metadata) != Others::Nothing).then(|| {
        Diagnostic::warning(&name(key), "the private key can be read by others")
            .hinting(format!("`chmod 600 {}`", key.display()))
    })
}
