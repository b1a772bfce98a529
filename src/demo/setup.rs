//! Files, keys, application and gateway of the demo.

use std::fs;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::authn::ApiKeyFile;
use crate::base::Clock;
use crate::base::Sensitive;
use crate::base::SystemClock;
use crate::config::Config;
use crate::demo::Error;
use crate::gateway;
use crate::gateway::Running;
use crate::keys;

/// The demo's rules, as they stand in `rules/demo`.
const FILES: [(&str, &str); 2] = [
    ("demo.yaml", include_str!("../../rules/demo/demo.yaml")),
    ("demo.cedar", include_str!("../../rules/demo/demo.cedar")),
];

/// Where the demo listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Where people expect it, as far as nobody else listens there.
    Usual,
    /// Anywhere: nobody has to find it.
    Any,
}

impl Ports {
    fn or_any(self, usual: u16) -> u16 {
        match self {
            Self::Usual => usual,
            Self::Any => 0,
        }
    }
}

/// Everything the demo consists of, running but for the application.
#[derive(Debug)]
pub struct Demo {
    /// Where the files lie.
    pub folder: PathBuf,
    /// The gateway's address.
    pub gateway: SocketAddr,
    /// The admin listener's address.
    pub admin: Option<SocketAddr>,
    /// The application's own address: nobody but the gateway should call it.
    pub shop: SocketAddr,
    /// The key of a caller who may see originals.
    pub support: Sensitive<String>,
    /// The key of a caller who may see masks.
    pub warehouse: Sensitive<String>,
    pub(super) listener: Option<TcpListener>,
    pub(super) running: Option<Running>,
}

impl Demo {
    /// Writes the files into an empty or new folder, makes the keys, and starts the gateway. Call it
    /// inside a runtime.
    pub async fn set_up(folder: &Path, cores: usize, ports: Ports) -> Result<Self, Error> {
        empty(folder)?;
        let listener = listen(ports.or_any(9000)).await?;
        let shop = listener.local_addr().map_err(Error::io("address of the application"))?;
        let config = write_files(folder, shop, ports).await?;
        let keys::config::Config::File(keyring) = &config.keys;
        keys::init(keyring)?;
        let file = ApiKeyFile::at(&folder.join("api-keys.yaml"));
        let add = |name: &str, group: &str| {
            file.add(name, &[group.to_owned()], None, SystemClock.now()).map(|added| added.text)
        };
        let (support, warehouse) = (add("carla", "support")?, add("walter", "warehouse")?);
        let started = tokio::task::spawn_blocking(move || gateway::start(config, cores)).await;
        let (running, _warnings) = started
            .map_err(|error| Error::Io { what: "gateway".to_owned(), reason: error.into() })??;
        let none = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            folder: folder.to_owned(),
            gateway: running.listen.first().copied().unwrap_or(none),
            admin: running.admin,
            shop,
            support,
            warehouse,
            listener: Some(listener),
            running: Some(running),
        })
    }

    /// The application's file, as it is.
    pub fn stored(&self) -> String {
        fs::read_to_string(self.store()).unwrap_or_default()
    }

    /// Where the application keeps its customers.
    pub fn store(&self) -> PathBuf {
        self.folder.join("shop").join("customers.json")
    }

    /// The journal's lines, newest first, at most this many.
    pub fn journal(&self, lines: usize) -> String {
        let folder = self.folder.join("data").join("audit");
        let mut segments: Vec<PathBuf> = fs::read_dir(folder)
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default();
        segments.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        segments.sort();
        let last = segments.last().and_then(|path| fs::read_to_string(path).ok());
        let text = last.unwrap_or_default();
        text.lines().rev().take(lines).collect::<Vec<_>>().join("\n")
    }

    /// The journal's public key.
    pub fn audit_key(&self) -> &str {
        self.running.as_ref().map_or("", Running::audit_key)
    }

    /// Stops the gateway in order.
    pub fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

/// Makes sure that the folder is there and holds nothing that is not ours.
fn empty(folder: &Path) -> Result<(), Error> {
    let what = folder.display().to_string();
    fs::create_dir_all(folder).map_err(Error::io(&what))?;
    let mut entries = fs::read_dir(folder).map_err(Error::io(&what))?;
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "shop")) {
        return Err(Error::NotEmpty(folder.to_owned()));
    }
    fs::create_dir_all(folder.join("shop")).map_err(Error::io(&what))
}

/// The usual port when it is free, else any.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Error> {
    if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        return Ok(listener);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::io("listening on loopback"))
}

async fn write_files(folder: &Path, shop: SocketAddr, ports: Ports) -> Result<Config, Error> {
    let rules = folder.join("rules");
    fs::create_dir_all(&rules).map_err(Error::io(rules.display().to_string()))?;
    for (name, text) in FILES {
        fs::write(rules.join(name), text).map_err(Error::io(name))?;
    }
    let free = async |port| {
        if ports == Ports::Any {
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        }
        let listener = listen(port).await?;
        listener.local_addr().map_err(Error::io("listening on loopback"))
    };
    let (listen, admin) = (free(8080).await?, free(8081).await?);
    let text = format!(
        "# The configuration of the demo; its rules are in rules/ and may be changed while it runs.\n\
         listen: {listen}\n\
         admin: {{ listen: {admin} }}\n\
         upstreams:\n  shop: {{ url: \"http://{shop}\" }}\n\
         rules: rules\n\
         vault: {{ embedded: {{ path: data/vault }} }}\n\
         keys: {{ file: data/keyring.json }}\n\
         audit: {{ path: data/audit }}\n\
         identity:\n  - api_keys: {{ file: api-keys.yaml }}\n"
    );
    let path = folder.join("cloakroom.yaml");
    fs::write(&path, text).map_err(Error::io("cloakroom.yaml"))?;
    Config::load(&path).map(|(config, _warnings)| config).map_err(Error::Files)
}
