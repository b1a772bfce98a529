//! People of proxied traffic: whose records they are, and by which values they are found.

use aws_lc_rs::rand;

use crate::base::ClassCode;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::crypto::LiveSubject;
use crate::crypto::SubjectKey;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::token::Subject;
use crate::vault::subjects::State;
use crate::vault::subjects::SubjectEntry;

/// Gives the entry of a person for whom there is none yet; none where rule files say nothing of people. The
/// vault keeps the one it has.
pub(super) fn entry(leg: &Leg<'_>, subject: Subject<'_>) -> Result<Option<SubjectEntry>, Error> {
    let exchange = leg.exchange;
    let (Subject::Person(name), Some(holdings)) =
        (subject, exchange.generation.holdings(&exchange.route.tenant))
    else {
        return Ok(None);
    };
    let mut failed = false;
    let key = SubjectKey::generate(&mut |bytes| failed |= rand::fill(bytes).is_err());
    if failed {
        return Err(Error::Record);
    }
    let (born, name) = (leg.engine.clock.now(), Sensitive::new(name.to_owned()));
    let handle = exchange.tokenizer.handle(subject);
    let sealed = holdings.seal_entry(&handle, &LiveSubject { key, name, born });
    Ok(Some(SubjectEntry {
        key_version: sealed.version,
        state: State::Live,
        revision: 1,
        born,
        sealed: sealed.bytes,
    }))
}

/// Notes who has the values among these records by which people are found. The place of a value in that index
/// is the store key of its record.
pub(super) async fn note(
    leg: &Leg<'_>,
    subject: Subject<'_>,
    records: impl Iterator<Item = (ClassCode, StoreKey)>,
) -> Result<(), Error> {
    let exchange = leg.exchange;
    let (Subject::Person(_), Some(people)) =
        (subject, exchange.generation.rules.people(&exchange.route.tenant))
    else {
        return Ok(());
    };
    let is_identifier = |code: ClassCode| people.identifiers.iter().any(|each| each.code == code);
    let values: Vec<StoreKey> =
        records.filter(|(code, _)| is_identifier(*code)).map(|(_, key)| key).collect();
    if values.is_empty() {
        return Ok(());
    }
    leg.engine.note_values(exchange.tokenizer.handle(subject), values).await
}
