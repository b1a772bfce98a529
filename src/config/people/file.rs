//! `people` of `cloakroom.yaml` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::file::PairEntry;
use crate::config::units::Count;
use crate::config::units::Period;
use crate::yaml::At;
use crate::yaml::Table;

/// What people, and those who look after their data, are served: portal, console, API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleEntry {
    /// What links to these pages begin with, such as `https://privacy.shop.example`; never taken from `Host`.
    pub url: At<String>,
    /// Whether `DEMO` is a key with every right. Refused unless every listener is on loopback. Default: false.
    pub demo_key: Option<At<bool>>,
    /// Where they connect.
    pub listen: At<Vec<PeopleListenEntry>>,
    /// How messages reach people. Default: nothing is sent.
    pub deliver: Option<DeliverEntry>,
    /// Bounds of callers, by the names of their groups; a caller in several has the lowest of each. Default: any number of people read, 50 erased an hour.
    #[serde(default)]
    pub brakes: Table<BrakesEntry>,
    /// Other gateways with journals of their own, as `https://host:port`; they are asked who looked at whom. Default: none.
    #[serde(default)]
    pub peers: Vec<At<String>>,
    /// Time without a sign of life after which removal is announced, such as `2y`. Default: never.
    pub inactive: Option<At<Period>>,
    /// Longest time until an announced removal. Default `93d`.
    pub longest: Option<At<Period>>,
    /// Shortest time until an announced removal. Default `1d`.
    pub notice: Option<At<Period>>,
    /// Who may sign in to the portal: `unique` (default), whose profile has the address; `sole`, also people of proxied traffic whose address is theirs alone.
    #[serde(default)]
    pub login: Login,
    /// What a value stands for that comes again after its person was erased: `fresh` (default), a new token; `same`, the token that it had, so that old rows of the application mean it again.
    #[serde(default)]
    pub after_erase: AfterErase,
    /// How people are told who looked at their data: `group` (default), or `name`.
    #[serde(default)]
    pub seen_by: SeenBy,
}

/// A listener for people, and what it serves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleListenEntry {
    /// Address and port, such as `0.0.0.0:8443` or `[::]:8443`.
    pub address: At<String>,
    /// TLS; needed unless the address is on loopback.
    pub tls: Option<PairEntry>,
    /// What is served here: `portal` (with links and shares), `api`, `databunker`, `console`.
    pub serves: At<Vec<At<Serves>>>,
}

/// What a listener for people serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Serves {
    /// The pages on which people see and change what is kept about them, links and shares.
    Portal,
    /// Our own API, below `/v1`.
    Api,
    /// The paths that Databunker has.
    Databunker,
    /// The pages of those who look after data.
    Console,
}

/// How messages reach people.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverEntry {
    /// By mail, through this server.
    pub smtp: SmtpEntry,
}

/// A mail server that takes our messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpEntry {
    /// `smtp://host:port`, with STARTTLS unless the server is on this machine, or `smtps://host:port`, with TLS from the start.
    pub url: At<String>,
    /// The sender of messages, such as `privacy@shop.example`.
    pub from: At<String>,
    /// The name by which we sign in. Default: we do not.
    pub user: Option<At<String>>,
    /// File that holds the password, readable by its owner alone.
    pub password_file: Option<At<String>>,
}

/// How many people a caller of a group may read and erase.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrakesEntry {
    /// People read in a minute. Default: any number.
    pub reads_per_minute: Option<At<Count>>,
    /// People erased in an hour. Default 50.
    pub erasures_per_hour: Option<At<Count>>,
}

/// Who may sign in to the portal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Login {
    /// Who has the address in a profile, where it is unique.
    #[default]
    Unique,
    /// And people of proxied traffic whose address is theirs alone.
    Sole,
}

/// What a value stands for that comes again after its person was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AfterErase {
    /// A new token: old rows of the application mean nobody.
    #[default]
    Fresh,
    /// The token that it had: old rows of the application mean the person again.
    Same,
}

/// How people are told who looked at their data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeenBy {
    /// By the groups of whoever looked.
    #[default]
    Group,
    /// By the name of whoever looked.
    Name,
}

impl Serves {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Api => "api",
            Self::Databunker => "databunker",
            Self::Console => "console",
        }
    }
}
