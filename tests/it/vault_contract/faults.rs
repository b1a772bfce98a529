//! Redis when it, or the way to it, fails: each failure has its error, and passes by itself.

use std::time::Duration;
use std::time::Instant;

use cloakroom::base::SubjectTag;
use cloakroom::base::Timeouts;
use cloakroom::vault::Error;
use cloakroom::vault::Put;
use cloakroom::vault::Vault;
use cloakroom::vault::redis::RedisVault;
use cloakroom::vault::redis::connect;
use futures_util::future::join_all;
use redis::Value;

use super::laws::Puts;
use super::laws::key;
use super::laws::put;
use crate::harness::chaos::Chaos;
use crate::harness::chaos::Mode;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// Long enough for a busy machine: only what must time out may.
fn patient() -> Timeouts {
    let long = Duration::from_secs(30);
    Timeouts { vault: long, connect: long, ..Timeouts::default() }
}

fn impatient() -> Timeouts {
    let short = Duration::from_secs(1);
    Timeouts { vault: short, connect: short, ..Timeouts::default() }
}

fn vault(server: &Redis) -> RedisVault {
    connect(&server.config(), &patient()).unwrap()
}

fn through(chaos: &Chaos, server: &Redis, timeouts: &Timeouts) -> RedisVault {
    connect(&server.config_by_port(chaos.port()), timeouts).unwrap()
}

async fn store(vault: &RedisVault, number: u64) -> Result<(), Error> {
    vault.puts(vec![put(number, 1)]).await.map(drop)
}

async fn holds(vault: &RedisVault, number: u64) -> bool {
    let entry = vault.fetch(vec![key(number)]).await.unwrap().remove(0);
    entry.is_some_and(|entry| entry.record == put(number, 1).record)
}

/// A command whose arguments are bytes.
fn raw(server: &Redis, name: &str, arguments: &[&[u8]]) -> Value {
    let mut command = redis::cmd(name);
    command.arg(arguments);
    command.query(&mut server.admin_connection().unwrap()).unwrap()
}

fn stored_under(put: &Put) -> Vec<u8> {
    [b"ck:r:".as_slice(), &put.key.0].concat()
}

#[tokio::test]
async fn a_stopped_server_times_out_and_heals() {
    let server = Redis::start(Kind::Plain);
    let vault = connect(&server.config(), &impatient()).unwrap();
    store(&vault, 1).await.unwrap();

    server.signal("STOP");
    let began = Instant::now();
    assert_eq!(store(&vault, 2).await, Err(Error::Timeout));
    assert_eq!(vault.fetch(vec![key(1)]).await, Err(Error::Timeout));
    assert!(began.elapsed() < Duration::from_secs(20));

    server.signal("CONT");
    store(&vault, 2).await.unwrap();
    assert!(holds(&vault, 1).await && holds(&vault, 2).await);
}

#[tokio::test]
async fn paused_writes_time_out_and_heal() {
    let server = Redis::start(Kind::Plain);
    let vault = connect(&server.config(), &impatient()).unwrap();
    store(&vault, 1).await.unwrap();
    server.admin(&["CLIENT", "PAUSE", "600000", "WRITE"]).unwrap();
    assert_eq!(store(&vault, 2).await, Err(Error::Timeout));
    assert!(holds(&vault, 1).await);
    server.admin(&["CLIENT", "UNPAUSE"]).unwrap();
    store(&vault, 2).await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_unavailable_until_it_is_back() {
    let mut server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    store(&vault, 1).await.unwrap();
    server.kill();
    for _ in 0..3 {
        assert!(matches!(store(&vault, 2).await, Err(Error::Unavailable { .. })));
        let fetched = vault.fetch(vec![key(1)]).await;
        assert!(matches!(fetched, Err(Error::Unavailable { .. })));
        assert!(matches!(vault.check().await, Err(Error::Unavailable { .. })));
    }
    server.start_again();
    assert!(holds(&vault, 1).await);
    store(&vault, 2).await.unwrap();
}

#[tokio::test]
async fn a_restart_between_two_calls_goes_unnoticed() {
    let mut server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    for round in 1..4 {
        store(&vault, round).await.unwrap();
        server.kill();
        server.start_again();
        assert!(holds(&vault, round).await);
    }
}

#[tokio::test]
async fn a_gateway_may_start_before_its_redis() {
    let mut server = Redis::start(Kind::Plain);
    server.kill();
    let vault = vault(&server);
    assert!(matches!(vault.check().await, Err(Error::Unavailable { .. })));
    server.start_again();
    vault.check().await.unwrap();
}

#[tokio::test]
async fn a_full_server_refuses_new_records_and_gives_the_old() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    store(&vault, 1).await.unwrap();
    server.admin(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    assert!(matches!(store(&vault, 2).await, Err(Error::Full { .. })));
    assert!(holds(&vault, 1).await);
    assert!(matches!(vault.check().await, Err(Error::Full { .. })));
    server.admin(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    store(&vault, 2).await.unwrap();
}

#[tokio::test]
async fn a_replica_takes_no_writes() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    store(&vault, 1).await.unwrap();
    let nowhere = crate::harness::redis::free_port().to_string();
    server.admin(&["REPLICAOF", "127.0.0.1", &nowhere]).unwrap();
    assert!(matches!(store(&vault, 2).await, Err(Error::ReadOnly { .. })));
    assert!(matches!(vault.check().await, Err(Error::ReadOnly { .. })));
    server.admin(&["REPLICAOF", "NO", "ONE"]).unwrap();
    store(&vault, 2).await.unwrap();
    vault.check().await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_save_takes_no_writes() {
    let server = Redis::start_with(Kind::Plain, &["--appendonly", "no"]);
    let vault = vault(&server);
    store(&vault, 1).await.unwrap();
    // A folder in the place of the snapshot: it can not be written.
    server.admin(&["CONFIG", "SET", "save", "1 1"]).unwrap();
    std::fs::create_dir(server.folder.path().join("dump.rdb")).unwrap();
    assert!(server.admin(&["SAVE"]).is_err());
    let refused = async {
        // The server notices a failed background save on its own timer. What is known needs no write.
        let mut number = 2;
        while store(&vault, number).await.is_ok() {
            drop(server.admin(&["BGSAVE"]));
            number += 1;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert!(matches!(store(&vault, u64::MAX).await, Err(Error::ReadOnly { .. })));
    assert!(holds(&vault, 1).await);
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    vault.check().await.unwrap();
    for policy in ["allkeys-lru", "volatile-lru", "volatile-ttl"] {
        server.admin(&["CONFIG", "SET", "maxmemory-policy", policy]).unwrap();
        assert!(matches!(vault.check().await, Err(Error::Misconfigured { .. })), "{policy}");
    }
    server.admin(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).unwrap();
    vault.check().await.unwrap();
}

#[tokio::test]
async fn a_check_leaves_nothing_behind_but_the_format() {
    let server = Redis::start(Kind::Plain);
    vault(&server).check().await.unwrap();
    let keys = server.admin(&["KEYS", "*"]).unwrap();
    assert_eq!(keys, Value::Array(vec![Value::BulkString(b"ck:m:.format".to_vec())]));
    server.admin(&["SET", "ck:m:.format", "1"]).unwrap();
    assert!(matches!(vault(&server).check().await, Err(Error::Misconfigured { .. })));
}

#[tokio::test]
async fn a_forgotten_script_is_loaded_again() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    for round in 1..4 {
        store(&vault, round).await.unwrap();
        server.admin(&["SCRIPT", "FLUSH", "SYNC"]).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_an_entry_is_corrupt_and_stays_as_it_is() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    let cases: [&[u8]; 5] = [b"", b"abc", &[0, 0, 0, 9, 1], &[0, 0, 0, 1, 1, 7], &[0xff; 40]];
    for (number, broken) in (1..).zip(cases) {
        let name = stored_under(&put(number, 1));
        raw(&server, "SET", &[&name, broken]);
        assert!(matches!(store(&vault, number).await, Err(Error::Corrupt { .. })), "{broken:?}");
        let fetched = vault.fetch(vec![key(number)]).await;
        assert!(matches!(fetched, Err(Error::Corrupt { .. })), "{broken:?}");
        assert_eq!(raw(&server, "GET", &[&name]), Value::BulkString(broken.to_vec()));
    }
    raw(&server, "LPUSH", &[&stored_under(&put(9, 1)), b"x"]);
    assert!(matches!(store(&vault, 9).await, Err(Error::Corrupt { .. })));
}

#[tokio::test]
async fn one_refused_record_refuses_its_batch() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    raw(&server, "LPUSH", &[&stored_under(&put(2, 1)), b"x"]);
    let answer = vault.puts(vec![put(1, 1), put(2, 1), put(3, 1)]).await;
    assert!(matches!(answer, Err(Error::Corrupt { .. })));
}

#[tokio::test]
async fn holds_the_documented_bytes() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    let (first, second) = (put(1, 1), put(1, 2));
    vault.puts(vec![first.clone(), second]).await.unwrap();
    let length = u32::try_from(first.record.len()).unwrap().to_be_bytes();
    let expected = [length.as_slice(), &first.record, &[1; 16], &[2; 16]].concat();
    let stored = raw(&server, "GET", &[&stored_under(&first)]);
    assert_eq!(stored, Value::BulkString(expected));
    // 16 bytes of 2 in base 32 (RFC 4648, section 6).
    let index = raw(&server, "SMEMBERS", &[b"ck:{AIBAEAQCAIBAEAQCAIBAEAQCAI}:r"]);
    let member = [key(1).0.as_slice(), b"em"].concat();
    assert_eq!(index, Value::Array(vec![Value::BulkString(member)]));
}

#[tokio::test]
async fn replies_cut_at_any_byte_are_errors_and_heal() {
    let server = Redis::start(Kind::Plain);
    let chaos = Chaos::before(server.port());
    let vault = through(&chaos, &server, &patient());
    vault.puts(vec![put(1, 1), put(2, 1)]).await.unwrap();
    for bytes in 0..40 {
        chaos.set(Mode::CutAfter(bytes));
        let fetched = vault.fetch(vec![key(1), key(2)]).await;
        assert!(matches!(fetched, Err(Error::Unavailable { .. })), "{bytes}: {fetched:?}");
        chaos.set(Mode::Pass);
        assert!(holds(&vault, 1).await && holds(&vault, 2).await, "{bytes}");
    }
}

#[tokio::test]
async fn a_cut_connection_is_replaced_within_the_call() {
    let server = Redis::start(Kind::Plain);
    let chaos = Chaos::before(server.port());
    let vault = through(&chaos, &server, &patient());
    for round in 1..20 {
        store(&vault, round).await.unwrap();
        chaos.cut();
        assert!(holds(&vault, round).await);
    }
}

#[tokio::test]
async fn swallowed_replies_time_out_for_all_who_wait_and_heal() {
    let server = Redis::start(Kind::Plain);
    let chaos = Chaos::before(server.port());
    let vault = through(&chaos, &server, &impatient());
    store(&vault, 1).await.unwrap();
    chaos.set(Mode::Swallow);
    let began = Instant::now();
    let answers = join_all((0..50).map(|number| store(&vault, number))).await;
    assert!(answers.iter().all(|answer| *answer == Err(Error::Timeout)));
    assert!(began.elapsed() < Duration::from_secs(20));
    chaos.set(Mode::Pass);
    assert!(holds(&vault, 1).await);
}

#[tokio::test]
async fn late_replies_never_answer_somebody_else() {
    let server = Redis::start(Kind::Plain);
    let chaos = Chaos::before(server.port());
    let vault = through(&chaos, &server, &patient());
    vault.puts((0..64).map(|number| put(number, 1)).collect()).await.unwrap();
    for round in 0..64_u64 {
        let pause = Duration::from_micros(200 * (round % 5));
        chaos.set(if round % 7 == 3 { Mode::CutAfter(30) } else { Mode::Delay(pause) });
        // Some of those who ask go away before they are answered.
        let asked = (0..64).map(|number| {
            let patience = Duration::from_micros(100 * ((number * 31 + round * 17) % 20));
            let fetched = vault.fetch(vec![key(number)]);
            async move { (number, tokio::time::timeout(patience, fetched).await) }
        });
        for (number, answer) in join_all(asked).await {
            if let Ok(Ok(entries)) = answer {
                assert_eq!(entries[0].as_ref().unwrap().record, put(number, 1).record);
            }
        }
    }
    chaos.set(Mode::Pass);
    assert!(holds(&vault, 63).await);
}

#[tokio::test]
async fn a_refusing_way_is_unavailable() {
    let server = Redis::start(Kind::Plain);
    let chaos = Chaos::before(server.port());
    let vault = through(&chaos, &server, &patient());
    store(&vault, 1).await.unwrap();
    chaos.set(Mode::Refuse);
    assert!(matches!(store(&vault, 2).await, Err(Error::Unavailable { .. })));
    chaos.set(Mode::Pass);
    store(&vault, 2).await.unwrap();
}

#[tokio::test]
async fn many_tags_on_one_record_stay_apart() {
    let server = Redis::start(Kind::Plain);
    let vault = vault(&server);
    let batch: Vec<Put> = (0..500_u128)
        .map(|number| {
            let mut put = put(1, 1);
            put.subject.tag = SubjectTag(number.to_be_bytes());
            put
        })
        .collect();
    vault.puts(batch.clone()).await.unwrap();
    let entries = vault.puts(batch).await.unwrap();
    assert_eq!(entries[0].tags.len(), 500);
}
