//! What a gateway has shown and stored is not left behind in its memory.
//!
//! The tests read the memory of a real gateway process through `/proc/PID/mem` (Linux): first while
//! an exchange is held open, where its values must be found, or looking for them proves nothing; then
//! after its connections have ended. A process that may not be looked at by others is looked at by
//! root alone.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

use data_encoding::HEXLOWER;
use memchr::memmem::Finder;
use serde_json::json;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;

/// Bytes that are read at once; what lies across the border of two is found by the overlap.
const WINDOW: usize = 1024 * 1024;

/// How often each canary is found in each kind of memory that the process can write to.
fn found(gateway: &Gateway, canaries: &[String]) -> BTreeMap<String, usize> {
    let process = gateway.process();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem"))
        .expect("the memory of a child may be read: as root, when it is not dumpable");
    let finders: Vec<(&String, Finder<'_>)> =
        canaries.iter().map(|canary| (canary, Finder::new(canary.as_bytes()))).collect();
    let mut found = BTreeMap::new();
    let mut window = vec![0; WINDOW + 1024];
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let kind = words.nth(3).unwrap_or("anonymous");
        let (start, end) = range.split_once('-').unwrap();
        let number = |text| u64::from_str_radix(text, 16).unwrap();
        let end = number(end);
        let mut at = number(start);
        while at < end {
            let length = usize::try_from(end - at).unwrap().min(window.len());
            let part = &mut window[..length];
            if memory.read_exact_at(part, at).is_ok() {
                for (canary, finder) in &finders {
                    let count = finder.find_iter(part).count();
                    if count > 0 {
                        *found.entry(format!("{canary} in {kind}")).or_default() += count;
                    }
                }
            }
            at += u64::try_from(WINDOW).unwrap();
        }
    }
    found
}

/// Values that are in no other process, and in no file. The notes are longer than the blocks in which
/// ciphers and scanners work on a stack: the end of a long value may stay there until it is overwritten.
fn canaries(of: &str) -> Vec<String> {
    let mut random = [0; 256];
    aws_lc_rs::rand::fill(&mut random).unwrap();
    let (long, nonce) = (HEXLOWER.encode(&random), HEXLOWER.encode(&random[..8]));
    ["mail", "name", "phone", "notes", "query"]
        .map(|field| format!("{of}{field}{}", if field == "notes" { &long } else { &nonce }))
        .into()
}

/// A long document, whose buffers grow on the way, with each value in several of its fields.
fn body(id: &str, canaries: &[String]) -> String {
    let [mail, name, phone, notes, _] = canaries else { panic!("five canaries") };
    let notes: Vec<String> = (0..80).map(|n| format!("{notes} {n} \u{e9}\"\n")).collect();
    json!({
        "id": id,
        "email": format!("{mail}@shop.example"),
        "name": format!("{name} O'Brien"),
        "phones": [phone, format!("{phone}1")],
        "notes": notes.concat(),
    })
    .to_string()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn brotli(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 5, 20).write_all(text).unwrap();
    out
}

fn is_clean(gateway: &Gateway, canaries: &[String]) {
    let mut last = BTreeMap::new();
    // Connections end in their own time, and each look takes as long as a second.
    for _ in 0..10 {
        last = found(gateway, canaries);
        if last.is_empty() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("left in memory: {last:#?}");
}

#[test]
fn nothing_of_what_was_protected_and_revealed_stays_in_memory() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let mut secrets = canaries("canary");

    // While it is at work, it holds them: this is how looking for them is known to find something.
    application.hold();
    let (address, text) = (gateway.address, body("u00001", &secrets));
    let target = format!("/api/users?email={}@shop.example", secrets[4]);
    let posting = std::thread::spawn(move || Caller::anonymous(address).post("/api/users", &text));
    application.wait_for_held(1);
    let held = found(&gateway, &secrets);
    application.release();
    assert_eq!(posting.join().unwrap().status, 201);
    assert!(!held.is_empty(), "found nothing of a request that is under way");

    // Searched for, changed, revealed, refused, and known again.
    assert_eq!(gateway.anonymous().get(&target).status, 200);
    let changed = body("u00001", &secrets);
    assert_eq!(gateway.anonymous().put("/api/users/u00001", &changed).status, 200);
    let shown = gateway.caller(&support).get("/api/users/u00001");
    assert!(shown.text().contains(&secrets[0]), "{}", shown.text());
    let broken = &changed.as_bytes()[..changed.len() - 1];
    for (coding, bytes) in
        [("identity", broken.to_vec()), ("gzip", gzip(broken)), ("br", brotli(broken))]
    {
        let mut caller = gateway.anonymous().with("content-encoding", coding);
        assert_eq!(caller.ask("POST", "/api/users", &bytes).status, 400, "{coding}");
    }

    secrets.push(support);
    until("no connection is open", || {
        let page = gateway.page("/metrics").text();
        page.contains("cloakroom_connections_open{side=\"client\"} 0\n").then_some(())
    });
    is_clean(&gateway, &secrets);
}
