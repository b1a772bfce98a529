//! Intents about people that have no outcome, because the process was killed before it was written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem::Finder;
use serde::Deserialize;

use crate::audit::event::Event;
use crate::audit::fault::Fault;
use crate::audit::folder::Folder;
use crate::audit::folder::segment;
use crate::audit::lines::Lines;
use crate::audit::words::Reference;

/// Events at the end of the journal that are looked at, and the rest of their first segment: an
/// intent ends within the deadline of the vault, so those that a kill leaves open are among the last.
const TAIL: u64 = 65_536;

/// The fields of an intent or outcome.
#[derive(Deserialize)]
struct PersonLine<'a> {
    seq: u64,
    #[serde(borrow)]
    event: Cow<'a, str>,
    intent: Option<u64>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
}

/// Returns the outcomes that are missing among the last events, in the order of their intents. A
/// segment that is not there any more is where the look back ends.
pub(super) fn outcomes(folder: &Folder, events: u64) -> Result<Vec<Event>, Fault> {
    let segments = folder.segments().map_err(|error| Fault::unreadable("", &error))?;
    let oldest = events.saturating_sub(TAIL);
    let from = segments.partition_point(|&first| first <= oldest).saturating_sub(1);
    let mut open = BTreeMap::new();
    let (mark, mut line) = (Finder::new(r#""event":"person."#), Vec::new());
    for &first in segments.get(from..).unwrap_or_default() {
        let mut lines = Lines::open(folder, &segment(first))?;
        while lines.next(&mut line)? {
            if mark.find(&line).is_some() {
                take(&line, &mut open);
            }
        }
    }
    Ok(open.into_iter().map(|(intent, subject)| Event::unended(intent, subject)).collect())
}

/// Opens or ends what the line tells of. What is no event is passed over: whoever opens the last
/// segment or verifies the journal names it.
fn take(line: &[u8], open: &mut BTreeMap<u64, Option<Reference>>) {
    let Ok(PersonLine { seq, event, intent, subject }) = serde_json::from_slice(line) else {
        return;
    };
    match (&*event, intent) {
        ("person.intent", _) => {
            open.insert(seq, subject.and_then(|text| Reference::parse(&text)));
        }
        ("person.outcome", Some(intent)) => {
            open.remove(&intent);
        }
        _ => {}
    }
}
