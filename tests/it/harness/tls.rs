//! Certificates made for one test.

#![expect(clippy::unwrap_used, reason = "test code: what goes wrong shall panic here")]

use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use cloakroom::base::Timestamp;
use cloakroom::net::config::ServerTls;
use cloakroom::net::tls;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;
use tempfile::TempDir;

use super::client::Client;

pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

pub(crate) struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { folder, issuer: Issuer::new(parameters, key) }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Writes a certificate for these names and its key.
    pub(crate) fn issue(&self, file: &str, names: &[&str], end_year: i32) -> ServerTls {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_after = rcgen::date_time_ymd(end_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let files = ServerTls {
            certificate: self.folder.path().join(format!("{file}.pem")),
            key: self.folder.path().join(format!("{file}.key")),
        };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        set_private(&files.key);
        files
    }

    /// Puts `<name>.crt` and `<name>.key` into a folder, each at once.
    pub(crate) fn install(&self, folder: &Path, name: &str, host: &str) {
        let files = self.issue(host, &[host], 2040);
        for (from, to) in [(&files.key, "key"), (&files.certificate, "crt")] {
            let beside = folder.join(format!(".{name}.{to}"));
            std::fs::copy(from, &beside).unwrap();
            set_private(&beside);
            std::fs::rename(beside, folder.join(format!("{name}.{to}"))).unwrap();
        }
    }

    pub(crate) fn server(&self, names: &[&str]) -> Arc<rustls::ServerConfig> {
        tls::server_config(&self.issue("server", names, 2040), NOW).unwrap().0
    }

    pub(crate) fn client(&self) -> Arc<rustls::ClientConfig> {
        tls::client_config(Some(&self.file()), None, NOW).unwrap().0
    }
}

/// The status of an answer over TLS, to a client that trusts an authority; none without a handshake.
pub(crate) fn get(
    address: SocketAddr,
    host: &str,
    target: &str,
    trusts: &Arc<rustls::ClientConfig>,
) -> Option<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = Client::tls(address, host, Arc::clone(trusts)).await.ok()?;
        client.send(format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n")).await;
        Some(client.answer().await?.status)
    })
}

fn set_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
