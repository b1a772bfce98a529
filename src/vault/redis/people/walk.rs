//! What is due, the walk over all people, and the erasure journal.

use ::redis::Value;
use ::redis::cmd;

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::redis::RedisVault;
use crate::vault::redis::fault;
use crate::vault::redis::keyspace;
use crate::vault::redis::keyspace::PersonKeys;
use crate::vault::subjects::DUE_AT_ONCE;
use crate::vault::subjects::Due;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::Row;
use crate::vault::subjects::SCANNED_AT_ONCE;
use crate::vault::subjects::SHARDS;
use crate::vault::subjects::ScanPlace;
use crate::vault::subjects::Scanned;
use crate::vault::subjects::SubjectEntry;

use super::answer;
use super::lookup_scripts::DUE;

impl RedisVault {
    pub(super) async fn lease(
        &self,
        shard: u8,
        now: Timestamp,
        lease: Timestamp,
    ) -> Result<Vec<Due>, Error> {
        let mut due = DUE.call(&[keyspace::due(shard)]);
        due.arg(now.0).arg(lease.0).arg(DUE_AT_ONCE);
        let values = answer::array(self.call(&DUE, due).await?)?;
        let pairs = values.chunks(2).map(|pair| {
            let [handle, at] = pair else { return Err(fault::unexpected()) };
            let handle = SubjectHandle(answer::sixteen(handle)?);
            Ok(Due { handle, at: Timestamp(answer::number(at)?) })
        });
        pairs.collect()
    }

    /// Goes on until it finds somebody, or has seen all shards.
    pub(super) async fn walk(&self, from: Option<ScanPlace>) -> Result<Scanned, Error> {
        let mut place = from.map_or(0, |place| place.0);
        loop {
            let (handles, next) = self.some(place).await?;
            let people = self.entries(&handles).await?;
            let next_place = next.map(ScanPlace);
            match next {
                Some(next) if people.is_empty() => place = next,
                Some(_) | None => return Ok(Scanned { people, next: next_place }),
            }
        }
    }

    /// Answers handles from a place on: a shard, and the server's cursor in 64 bits.
    async fn some(&self, place: u128) -> Result<(Vec<SubjectHandle>, Option<u128>), Error> {
        let shard = u8::try_from(place >> 64).map_err(|_| fault::unexpected())?;
        let cursor = place & u128::from(u64::MAX);
        let mut scan = cmd("ZSCAN");
        scan.arg(keyspace::due(shard)).arg(cursor.to_string()).arg("COUNT").arg(SCANNED_AT_ONCE);
        let reply = answer::array(self.command(scan).await?)?;
        let [cursor, members] = <[Value; 2]>::try_from(reply).map_err(|_| fault::unexpected())?;
        let members = answer::array(members)?;
        let handles = members.chunks(2).map(|pair| {
            let [handle, _] = pair else { return Err(fault::unexpected()) };
            Ok(SubjectHandle(answer::sixteen(handle)?))
        });
        let handles = handles.collect::<Result<Vec<_>, _>>()?;
        let next = match answer::number(&cursor)? {
            0 if shard + 1 >= SHARDS => None,
            0 => Some(u128::from(shard + 1) << 64),
            cursor => Some(u128::from(shard) << 64 | u128::from(cursor)),
        };
        Ok((handles, next))
    }

    async fn entries(
        &self,
        handles: &[SubjectHandle],
    ) -> Result<Vec<(SubjectHandle, SubjectEntry)>, Error> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = cmd("MGET");
        for handle in handles {
            get.arg(PersonKeys::of(*handle).entry());
        }
        let rows = answer::array(self.command(get).await?)?;
        let mut people = Vec::with_capacity(handles.len());
        for (handle, row) in handles.iter().zip(&rows) {
            // Who is on the way to be entered, or was due and never there, has none.
            if let Some(row) = answer::maybe(row)? {
                people.push((*handle, Row::decode(row)?.entry));
            }
        }
        Ok(people)
    }

    pub(super) async fn lines(
        &self,
        from: Option<JournalPlace>,
    ) -> Result<Vec<(JournalPlace, Erasure)>, Error> {
        let first = from.map_or("-".to_owned(), |JournalPlace(place)| {
            format!("({}-{}", place >> 64, place & u128::from(u64::MAX))
        });
        let mut range = cmd("XRANGE");
        range.arg(keyspace::ERASURES).arg(first).arg("+").arg("COUNT").arg(SCANNED_AT_ONCE);
        let lines = answer::array(self.command(range).await?)?;
        lines.into_iter().map(line).collect()
    }
}

/// Reads a line of the stream: its id, and one field.
fn line(value: Value) -> Result<(JournalPlace, Erasure), Error> {
    let [id, fields] =
        <[Value; 2]>::try_from(answer::array(value)?).map_err(|_| fault::unexpected())?;
    let id = std::str::from_utf8(answer::bytes(&id)?).ok().and_then(|id| id.split_once('-'));
    let numbers = id
        .and_then(|(time, number)| Some((time.parse::<u64>().ok()?, number.parse::<u64>().ok()?)));
    let (time, number) = numbers.ok_or_else(fault::unexpected)?;
    let fields = answer::array(fields)?;
    let [_, erasure] = fields.as_slice() else { return Err(fault::unexpected()) };
    let place = JournalPlace(u128::from(time) << 64 | u128::from(number));
    Ok((place, Erasure::decode(answer::bytes(erasure)?)?))
}
