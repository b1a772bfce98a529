//! Who may reach Redis, and what our user may do there.

use std::fs;

use cloakroom::base::Sensitive;
use cloakroom::base::Timeouts;
use cloakroom::vault::Error;
use cloakroom::vault::Vault;
use cloakroom::vault::config::RedisConfig;
use cloakroom::vault::redis::connect;

use super::laws::Puts;
use super::laws::put;
use crate::harness::redis::Kind;
use crate::harness::redis::PASSWORD;
use crate::harness::redis::Redis;
use crate::harness::redis::free_port;

fn by_url(url: String) -> RedisConfig {
    RedisConfig {
        url: Sensitive::new(url),
        password_file: None,
        ca: None,
        client_certificate: None,
    }
}

async fn checked(config: &RedisConfig) -> Result<(), Error> {
    connect(config, &Timeouts::default())?.check().await.map(drop)
}

#[tokio::test]
async fn our_user_can_do_nothing_but_its_work() {
    let server = Redis::start(Kind::LeastPrivilege);
    let url = format!("redis://cloakroom:{PASSWORD}@127.0.0.1:{}", server.port());
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let denied: [&[&str]; 17] = [
        &["KEYS", "*"],
        &["SCAN", "0"],
        &["RANDOMKEY"],
        &["DUMP", "ck:r:0123456789abcdef"],
        &["FLUSHALL"],
        &["FLUSHDB"],
        &["SWAPDB", "0", "1"],
        &["CONFIG", "SET", "maxmemory", "1"],
        &["EVAL", "return redis.call('KEYS', '*')", "0"],
        &["SCRIPT", "FLUSH"],
        &["REPLICAOF", "127.0.0.1", "1"],
        &["ACL", "LIST"],
        &["MONITOR"],
        &["SHUTDOWN", "NOSAVE"],
        &["CLIENT", "LIST"],
        &["GET", "somebody-else"],
        &["SET", "somebody-else", "x"],
    ];
    for words in denied {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        let answer: redis::RedisResult<redis::Value> = command.query(&mut connection);
        let error = answer.expect_err(words[0]);
        assert_eq!(error.code(), Some("NOPERM"), "{words:?}: {error}");
    }
}

#[tokio::test]
async fn a_user_with_fewer_rights_is_told_so() {
    let server = Redis::start(Kind::LeastPrivilege);
    let vault = connect(&server.config(), &Timeouts::default()).unwrap();
    vault.check().await.unwrap();
    for right in ["-evalsha", "-append", "-set", "-sadd", "-sismember", "-getrange"] {
        server.admin(&["ACL", "SETUSER", "cloakroom", right]).unwrap();
        let answer = vault.puts(vec![put(1, 1), put(1, 2)]).await;
        assert!(matches!(answer, Err(Error::Misconfigured { .. })), "{right}: {answer:?}");
        server.admin(&["ACL", "SETUSER", "cloakroom", &right.replace('-', "+")]).unwrap();
        server.admin(&["FLUSHDB"]).unwrap();
    }
    for right in ["-config|get", "-acl|dryrun"] {
        server.admin(&["ACL", "SETUSER", "cloakroom", right]).unwrap();
        assert!(!vault.check().await.unwrap().warnings.is_empty(), "{right}");
        server.admin(&["ACL", "SETUSER", "cloakroom", &right.replace('-', "+")]).unwrap();
        assert!(vault.check().await.unwrap().warnings.is_empty(), "{right}");
    }
}

/// Every right of the documented user, taken away alone, is missed at once.
#[tokio::test]
async fn a_check_misses_each_right() {
    let server = Redis::start(Kind::LeastPrivilege);
    let vault = connect(&server.config(), &Timeouts::default()).unwrap();
    vault.check().await.unwrap();
    let page = fs::read_to_string("docs/operations/redis.md").unwrap();
    let rules = page.split("```acl\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let rights = rules.split_whitespace().filter_map(|word| word.strip_prefix('+'));
    let mut missed = 0;
    // Without `auth` there is no connection; those with a bar are looked at above, or load a script.
    for right in rights.filter(|right| *right != "auth" && !right.contains('|')) {
        server.admin(&["ACL", "SETUSER", "cloakroom", &format!("-{right}")]).unwrap();
        let answer = vault.check().await;
        assert!(matches!(answer, Err(Error::Misconfigured { .. })), "{right}: {answer:?}");
        server.admin(&["ACL", "SETUSER", "cloakroom", &format!("+{right}")]).unwrap();
        missed += 1;
    }
    assert!(missed > 25, "{missed}");
    vault.check().await.unwrap();
}

/// What a script wrote is dropped at a restart when the user `default` may not do it, even though nobody
/// can be that user.
#[tokio::test]
async fn a_server_that_would_drop_transactions_is_refused() {
    let server = Redis::start(Kind::LeastPrivilege);
    let vault = connect(&server.config(), &Timeouts::default()).unwrap();
    vault.check().await.unwrap();
    for rights in [&["resetkeys"][..], &["-@all"], &["+@all", "-hset"], &["+@all", "-zadd"]] {
        let words = [&["ACL", "SETUSER", "default", "allkeys"][..], rights].concat();
        server.admin(&words).unwrap();
        let answer = vault.check().await;
        assert!(matches!(answer, Err(Error::Misconfigured { .. })), "{rights:?}: {answer:?}");
    }
    server.admin(&["ACL", "SETUSER", "default", "off", "+@all", "allkeys"]).unwrap();
    vault.check().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_a_setting_to_correct() {
    let server = Redis::start(Kind::LeastPrivilege);
    let port = server.port();
    for user in ["cloakroom:wrong@", "nobody:wrong@", ""] {
        let answer = checked(&by_url(format!("redis://{user}127.0.0.1:{port}"))).await;
        assert!(matches!(answer, Err(Error::Misconfigured { .. })), "{user}: {answer:?}");
    }
    checked(&by_url(format!("redis://cloakroom:{PASSWORD}@127.0.0.1:{port}"))).await.unwrap();
}

#[tokio::test]
async fn a_changed_password_is_read_from_its_file() {
    let server = Redis::start(Kind::LeastPrivilege);
    let vault = connect(&server.config(), &Timeouts::default()).unwrap();
    vault.check().await.unwrap();
    server.admin(&["ACL", "SETUSER", "cloakroom", "resetpass", ">another"]).unwrap();
    fs::write(server.folder.path().join("password"), "another\n").unwrap();
    server.admin(&["CLIENT", "KILL", "USER", "cloakroom"]).unwrap();
    vault.check().await.unwrap();
}

#[tokio::test]
async fn no_error_shows_the_password() {
    let server = Redis::start(Kind::LeastPrivilege);
    let (secret, port, closed) = ("canary-secret", server.port(), free_port());
    let urls = [
        format!("redis://cloakroom:{secret}@127.0.0.1:{port}"),
        format!("redis://cloakroom:{secret}@127.0.0.1:{closed}"),
        format!("rediss://cloakroom:{secret}@127.0.0.1:{port}"),
        format!("rediss://cloakroom:{secret}@127.0.0.1:{port}/#insecure"),
        format!("redis://cloakroom:{secret}@127.0.0.1:{port}/not-a-number"),
        format!("redis://cloakroom:{secret}@no-such-host.invalid:{port}"),
        format!("http://cloakroom:{secret}@127.0.0.1:{port}"),
        secret.to_owned(),
        format!("unix:///tmp/{secret}"),
    ];
    for url in urls {
        let config = by_url(url.clone());
        let error = checked(&config).await.expect_err(&url);
        let shown = format!("{error} {error:?} {config:?}");
        assert!(!shown.contains(secret), "{shown}");
        assert!(!shown.contains(&url), "{shown}");
    }
}

#[tokio::test]
async fn tls_shows_and_asks_for_certificates() {
    let server = Redis::start(Kind::Tls);
    let good = server.config();
    checked(&good).await.unwrap();

    let without_ours = RedisConfig { client_certificate: None, ..good.clone() };
    assert!(matches!(checked(&without_ours).await, Err(Error::Unavailable { .. })));

    let system_authorities = RedisConfig { ca: None, ..good.clone() };
    let error = checked(&system_authorities).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");

    let other_name = format!("rediss://localhost:{}", server.port());
    let other_name = RedisConfig { url: Sensitive::new(other_name), ..good.clone() };
    let error = checked(&other_name).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");

    let clear = by_url(format!("redis://127.0.0.1:{}", server.port()));
    assert!(matches!(checked(&clear).await, Err(Error::Unavailable { .. })));
}

#[test]
fn settings_that_cannot_work_are_refused_before_dialling() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let plain = by_url("redis://127.0.0.1:1".to_owned());
    let tls = by_url("rediss://127.0.0.1:1".to_owned());
    let two = by_url("redis://:word@127.0.0.1:1".to_owned());
    let nothing = folder.path().join("nothing");
    let pair = (file("c.pem", "x"), file("k.pem", "x"));
    let refused = [
        RedisConfig { ca: Some(file("ca.pem", "")), ..plain.clone() },
        RedisConfig { client_certificate: Some(pair.clone()), ..plain.clone() },
        RedisConfig { password_file: Some(nothing.clone()), ..plain.clone() },
        RedisConfig { password_file: Some(file("password", "word")), ..two },
        RedisConfig { ca: Some(nothing), ..tls.clone() },
        RedisConfig { client_certificate: Some(pair), ..tls },
        by_url("rediss://127.0.0.1:1/#insecure".to_owned()),
        by_url("unix:///tmp/socket".to_owned()),
    ];
    for config in refused {
        let answer = connect(&config, &Timeouts::default()).map(drop);
        assert!(matches!(answer, Err(Error::Misconfigured { .. })), "{config:?}: {answer:?}");
    }
    connect(&plain, &Timeouts::default()).map(drop).unwrap();
}
