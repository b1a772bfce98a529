//! Remembered answers.

use std::net::IpAddr;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::Denial;
use super::asked::About;
use super::asked::Asked;
use super::entities::hour;
use super::entities::weekday;
use super::reads::Reads;
use crate::base::Claim;
use crate::base::DataClass;
use crate::base::HoldingKind;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::RouteId;

/// Bytes that the remembered answers of one policy set may take, about.
const BYTES: u64 = 8 * 1024 * 1024;
/// Answers that the cache is laid out for; a guess that only costs memory when wrong.
const ANSWERS: usize = 16 * 1024;

/// An answer, without the question.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// `None` is a permit.
    pub(super) denial: Option<Denial>,
    /// The policies that decided.
    pub(super) policies: Arc<[Arc<str>]>,
}

/// All that the loaded policies can read of a question, and nothing else.
///
/// What they do not read is `None`, so that questions which differ only there share an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    principal: Principal,
    action: &'static str,
    about: KeyAbout,
    own: Option<bool>,
    purpose: Option<Purpose>,
    second: Option<u64>,
    hour: Option<u8>,
    weekday: Option<u8>,
    source: Option<IpAddr>,
    method: Option<Box<str>>,
}

/// What of a resource the loaded policies can read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum KeyAbout {
    /// A class of data on a route.
    Data { class: DataClass, route: RouteId },
    /// What is kept about a person.
    Holding {
        kind: HoldingKind,
        name: Option<Box<str>>,
        on_hold: Option<bool>,
        consents: Option<Box<[Arc<str>]>>,
    },
}

impl KeyAbout {
    /// Bytes that it holds on to, about.
    fn bytes(&self) -> usize {
        match self {
            Self::Data { .. } => 0,
            Self::Holding { name, consents, .. } => {
                let consents = consents.iter().flatten().map(|consent| consent.len() + 16);
                name.as_ref().map_or(0, |name| name.len()) + consents.sum::<usize>()
            }
        }
    }
}

impl Key {
    /// Gives the key of a question.
    pub(super) fn new(question: &Asked<'_>, reads: Reads) -> Self {
        let (about, own) = match question.about {
            About::Data { class, route, own } => {
                (KeyAbout::Data { class: class.clone(), route: route.clone() }, own)
            }
            About::Holding(holding) => {
                let about = KeyAbout::Holding {
                    kind: holding.kind,
                    name: reads.name.then(|| holding.name.into()),
                    on_hold: reads.on_hold.then_some(holding.on_hold),
                    consents: reads.consents.then(|| holding.consents.into()),
                };
                (about, holding.own)
            }
        };
        Self {
            principal: question.principal.clone(),
            action: question.action,
            about,
            own: reads.own.then_some(own),
            purpose: question.purpose.filter(|_| reads.purpose).cloned(),
            second: reads.time.then(|| question.now.seconds()),
            hour: reads.hour.then(|| hour(question.now)),
            weekday: reads.weekday.then(|| weekday(question.now)),
            source: reads.source.then(|| question.source.to_canonical()),
            method: reads.method.then(|| question.method.into()),
        }
    }
}

/// Counts what an answer holds on to, about; a principal is counted with each of its answers.
#[derive(Clone)]
pub(super) struct ByBytes;

impl Weighter<Key, Answer> for ByBytes {
    fn weight(&self, key: &Key, _: &Answer) -> u64 {
        let principal = &key.principal;
        let groups: usize = principal.groups().iter().map(|group| group.len() + 16).sum();
        let claims: usize =
            principal.claims().iter().map(|(name, claim)| name.len() + claim_bytes(claim)).sum();
        let method = key.method.as_ref().map_or(0, |method| method.len());
        let bytes = 320 + principal.id().len() + groups + claims + method + key.about.bytes();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

fn claim_bytes(claim: &Claim) -> usize {
    let held = match claim {
        Claim::Text(text) => text.len(),
        Claim::Number(_) | Claim::Flag(_) => 0,
        Claim::List(texts) => texts.iter().map(|text| text.len() + 16).sum(),
    };
    held + 64
}

/// The remembered answers of one policy set; they die with it.
pub(super) type Answers = Cache<Key, Answer, ByBytes>;

/// Gives an empty cache.
pub(super) fn answers() -> Answers {
    Cache::with_weighter(ANSWERS, BYTES, ByBytes)
}
