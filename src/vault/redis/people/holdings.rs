//! Reading and writing one person.

use std::collections::BTreeMap;

use ::redis::Value;
use uuid::Uuid;

use crate::base::DocumentName;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::redis::RedisVault;
use crate::vault::redis::fault;
use crate::vault::redis::keyspace;
use crate::vault::redis::keyspace::PersonKeys;
use crate::vault::subjects::Changes;
use crate::vault::subjects::DOCUMENTS;
use crate::vault::subjects::Document;
use crate::vault::subjects::Person;
use crate::vault::subjects::Row;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Wanted;

use super::answer;
use super::scripts::READ;
use super::scripts::WRITE;

impl RedisVault {
    pub(super) async fn person(
        &self,
        handle: SubjectHandle,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Option<Person>, Error> {
        let keys = PersonKeys::of(handle);
        let mut read = READ.call(&[
            keys.entry(),
            keys.documents(),
            keys.expiring(),
            keys.expiring_front(),
            keys.index(),
        ]);
        match wanted {
            Wanted::Entry => drop(read.arg("e")),
            Wanted::All => drop(read.arg("a")),
            Wanted::Named(names) => {
                read.arg("n");
                for name in names {
                    read.arg(&name.0);
                }
            }
        }
        let reply = self.call(&READ, read).await?;
        if reply == Value::Nil {
            return Ok(None);
        }
        let values = answer::array(reply)?;
        let [row, Value::Int(size), documents @ ..] = values.as_slice() else {
            return Err(fault::unexpected());
        };
        let mut person = Person {
            entry: Row::decode(answer::bytes(row)?)?.entry,
            index_size: u64::try_from(*size).map_err(|_| fault::unexpected())?,
            documents: BTreeMap::new(),
        };
        for pair in documents.chunks(2) {
            let [name, document] = pair else { return Err(fault::unexpected()) };
            let name = DocumentName(answer::sixteen(name)?);
            let document = Document::decode(answer::bytes(document)?)?;
            if document.is_there(now) {
                person.documents.insert(name, document);
            }
        }
        Ok(Some(person))
    }

    pub(super) async fn change(
        &self,
        handle: SubjectHandle,
        revision: u64,
        changes: &Changes,
    ) -> Result<u64, Error> {
        let keys = PersonKeys::of(handle);
        let mut write =
            WRITE.call(&[keys.entry(), keys.documents(), keys.expiring(), keys.expiring_front()]);
        let entry = changes.entry.as_ref().map(SubjectEntry::encode).unwrap_or_default();
        // Sent again because the connection broke, the same call is told from another's.
        let call = Uuid::now_v7();
        write.arg(revision).arg(entry).arg(changes.now.0).arg(call.as_bytes()).arg(DOCUMENTS);
        for (name, document) in &changes.documents {
            write.arg(&name.0);
            match document {
                None => write.arg("-").arg(0).arg(""),
                Some(document) => {
                    let until = document.until.map_or(0, |until| until.0.max(1));
                    write.arg(until).arg(milliseconds(until)).arg(document.encode())
                }
            };
        }
        let mut commands = vec![write];
        if changes.entry.is_some() {
            commands.insert(0, keyspace::enlist(handle));
        }
        let replies = self.run_all(&[&WRITE], commands).await?;
        answer::revision(replies.last().ok_or_else(fault::unexpected)?)
    }
}

/// Microseconds as milliseconds, rounded up: the store keeps a moment longer, and callers look themselves.
pub(super) fn milliseconds(at: u64) -> u64 {
    at.div_ceil(1000).max(1)
}
