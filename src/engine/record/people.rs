//! People of proxied traffic: whose records they are, and by which values they are found.

use crate::base::ClassCode;
use crate::base::StoreKey;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::keys;
use crate::token::Subject;
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
    let person = keys::subject(name, leg.engine.clock.now()).ok_or(Error::Record)?;
    let sealed = holdings.seal_entry(&exchange.tokenizer.handle(subject), &person);
    Ok(Some(SubjectEntry::entered(sealed, person.born)))
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
