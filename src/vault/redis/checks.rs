//! Whether this server may hold what must not get lost.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use std::collections::HashMap;

use ::redis::Pipeline;
use ::redis::Value;
use uuid::Uuid;

use crate::vault::Durability;
use crate::vault::Error;
use crate::vault::Health;

use super::fault;
use super::keyspace;
use super::rights;

const CANARY: &[u8] = b"canary";

/// What a check asks, in one round trip: the server's state, its flush policy, whether a key can be
/// written and read, and what [`rights`] asks; the key is deleted at the end.
pub(super) fn questions() -> Pipeline {
    // A name of its own: checks of several gateways may cross. It expires if we do not get to
    // delete it.
    let name = keyspace::registry(&format!(".canary.{}", Uuid::now_v7().as_simple()));
    let mut pipeline = Pipeline::new();
    pipeline.cmd("INFO");
    pipeline.cmd("CONFIG").arg("GET").arg("appendfsync");
    pipeline.cmd("SET").arg(&name).arg(CANARY).arg("PX").arg(60_000);
    pipeline.cmd("GET").arg(&name);
    rights::ask(&mut pipeline, &name);
    pipeline
}

/// Judges the replies to [`questions`]: settings that lose records are refused.
pub(super) fn judge(replies: &[Value]) -> Result<Health, Error> {
    let [info, fsync, set, got, rest @ ..] = replies else { return Err(fault::unexpected()) };
    fault::refused(info)?;
    let info = Info::parse(&text(info)?);
    let mut health = info.judge(flush_policy(fsync).as_deref())?;
    [set, got].into_iter().try_for_each(fault::refused)?;
    if *got != Value::BulkString(CANARY.to_vec()) {
        return Err(Error::corrupt("redis did not give back what was just written"));
    }
    health.warnings.extend(rights::judge(rest, info.value("aof_enabled") == "1")?);
    Ok(health)
}

/// The value of `appendfsync`, if the server lets us see it.
fn flush_policy(reply: &Value) -> Option<String> {
    let Value::Array(pair) = reply else { return None };
    text(pair.get(1)?).ok()
}

fn text(reply: &Value) -> Result<String, Error> {
    match reply {
        Value::BulkString(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text.clone()),
        _ => Err(fault::unexpected()),
    }
}

/// The lines `name:value` of INFO.
struct Info(HashMap<String, String>);

impl Info {
    fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.trim_end().split_once(':'));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn value(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.value(name).parse().unwrap_or(0)
    }

    fn judge(&self, appendfsync: Option<&str>) -> Result<Health, Error> {
        let store = self.store()?;
        if self.value("loading") == "1" {
            return Err(Error::unavailable("redis is loading its data"));
        }
        if self.value("cluster_enabled") == "1" {
            return Err(Error::misconfigured(
                "the server is a node of a cluster",
                "name a standalone server or its primary",
            ));
        }
        let role = self.value("role");
        if role != "master" {
            return Err(Error::ReadOnly { what: format!("redis has the role {role}") });
        }
        let policy = self.value("maxmemory_policy");
        if policy != "noeviction" {
            return Err(Error::misconfigured(
                format!("maxmemory-policy is {policy}: redis may drop records"),
                "set maxmemory-policy noeviction; also volatile-* policies evict",
            ));
        }
        let durability = self.durability(appendfsync);
        Ok(Health { store, durability, warnings: self.warnings(durability) })
    }

    fn store(&self) -> Result<String, Error> {
        // Valkey also reports the Redis version that it took off from.
        let (name, version) = match self.value("valkey_version") {
            "" => ("redis", self.value("redis_version")),
            version => ("valkey", version),
        };
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < 7) {
            return Err(Error::misconfigured(
                format!("the server is {name} {version}"),
                "use Redis or Valkey 7.0 or newer",
            ));
        }
        Ok(format!("{name} {version}"))
    }

    fn durability(&self, appendfsync: Option<&str>) -> Durability {
        if self.value("aof_enabled") != "1" {
            return Durability::None;
        }
        match appendfsync {
            Some("always") => Durability::Disk,
            Some("everysec") => Durability::EverySecond,
            Some("no") => Durability::OperatingSystem,
            Some(_) | None => Durability::Unknown,
        }
    }

    fn warnings(&self, durability: Durability) -> Vec<String> {
        let mut warnings = Vec::new();
        match durability {
            Durability::None => warnings.push(
                "appendonly is off: a crash of redis loses records whose tokens are in use; set \
                 appendonly yes and appendfsync always"
                    .to_owned(),
            ),
            Durability::EverySecond | Durability::OperatingSystem => warnings.push(
                "appendfsync is not always: a crash of the machine loses the last records"
                    .to_owned(),
            ),
            Durability::Unknown => warnings.push(
                "redis does not let us see appendfsync: make sure that it is always".to_owned(),
            ),
            Durability::Disk | Durability::Process => {}
        }
        let (used, most) = (self.number("used_memory"), self.number("maxmemory"));
        if most > 0 && used >= most / 10 * 9 {
            warnings.push("redis uses more than 90 % of its maxmemory".to_owned());
        }
        for (name, what) in [
            ("aof_last_write_status", "redis could not write its append-only file"),
            ("rdb_last_bgsave_status", "the last snapshot of redis did not succeed"),
        ] {
            if !matches!(self.value(name), "ok" | "") {
                warnings.push(what.to_owned());
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\nloading:0\r\nrole:master\r\n\
                        maxmemory_policy:noeviction\r\naof_enabled:1\r\nmaxmemory:0\r\n";

    fn judged(text: &str, appendfsync: Option<&str>) -> Result<Health, Error> {
        Info::parse(text).judge(appendfsync)
    }

    #[test]
    fn is_content_with_a_server_that_keeps_everything() {
        let health = judged(GOOD, Some("always")).unwrap();
        assert_eq!(health.store, "redis 7.0.15");
        assert_eq!(health.durability, Durability::Disk);
        assert_eq!(health.warnings, Vec::<String>::new());
    }

    #[test]
    fn refuses_every_policy_that_evicts() {
        for policy in ["allkeys-lru", "volatile-ttl", "volatile-lru", "allkeys-random", ""] {
            let text = GOOD.replace("noeviction", policy);
            assert!(matches!(judged(&text, None), Err(Error::Misconfigured { .. })), "{policy}");
        }
    }

    #[test]
    fn refuses_servers_before_7_and_takes_valkey() {
        for version in ["6.2.14", "5.0", "", "x"] {
            let text = GOOD.replace("7.0.15", version);
            assert!(matches!(judged(&text, None), Err(Error::Misconfigured { .. })), "{version}");
        }
        let valkey = GOOD.replace("7.0.15", "7.2.4") + "valkey_version:8.0.1\r\n";
        assert_eq!(judged(&valkey, None).unwrap().store, "valkey 8.0.1");
    }

    #[test]
    fn tells_a_replica_and_a_loading_server_from_a_wrong_one() {
        let replica = GOOD.replace("role:master", "role:slave");
        assert!(matches!(judged(&replica, None), Err(Error::ReadOnly { .. })));
        let loading = GOOD.replace("loading:0", "loading:1");
        assert!(matches!(judged(&loading, None), Err(Error::Unavailable { .. })));
    }

    #[test]
    fn says_what_a_put_survives() {
        let durability = |fsync| judged(GOOD, fsync).unwrap().durability;
        assert_eq!(durability(Some("everysec")), Durability::EverySecond);
        assert_eq!(durability(Some("no")), Durability::OperatingSystem);
        assert_eq!(durability(None), Durability::Unknown);
        let off = judged(&GOOD.replace("aof_enabled:1", "aof_enabled:0"), Some("always")).unwrap();
        assert_eq!(off.durability, Durability::None);
        assert_eq!(off.warnings.len(), 1);
    }

    #[test]
    fn warns_before_memory_runs_out() {
        let text = GOOD.replace("maxmemory:0", "maxmemory:1000\r\nused_memory:950");
        assert_eq!(judged(&text, Some("always")).unwrap().warnings.len(), 1);
    }
}
