//! What a transaction does to the documents of people, to what expires, and to what is due.

use redb::ReadableTable;

use crate::base::DocumentName;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::subjects::Changes;
use crate::vault::subjects::DOCUMENTS;
use crate::vault::subjects::DUE_AT_ONCE;
use crate::vault::subjects::Document;
use crate::vault::subjects::Due;
use crate::vault::subjects::Row;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::shard_of;
use crate::vault::subjects::too_many_documents;

use super::fault::Outcome;
use super::people::People;
use super::people::pair;
use super::people::row;
use super::people::rows_of;

/// Expired rows that one change removes: more than one change adds, save for a write of many documents.
const SWEPT_AT_ONCE: usize = 32;

impl People<'_> {
    pub(super) fn write(
        &mut self,
        handle: SubjectHandle,
        revision: u64,
        changes: &Changes,
    ) -> Outcome<u64> {
        self.sweep(changes.now)?;
        let stored = row(&self.entries, handle)?;
        let row = Row::written(stored.as_ref(), revision, changes.entry.as_ref())?;
        if self.documents_after(handle, changes)? > DOCUMENTS {
            return Err(too_many_documents().into());
        }
        self.store(handle, &row)?;
        for (name, document) in &changes.documents {
            let key = pair(handle, name.0);
            let Some(document) = document else {
                self.documents.remove(key)?;
                continue;
            };
            self.documents.insert(key, document.encode().as_slice())?;
            if let Some(until) = document.until {
                self.expires(until, b'd', &key)?;
            }
        }
        Ok(row.entry.revision)
    }

    /// Counts the documents that a person has after these changes.
    fn documents_after(&self, handle: SubjectHandle, changes: &Changes) -> Outcome<usize> {
        let mut count = changes.documents.values().flatten().count();
        for row in self.documents.range(rows_of(handle))? {
            let (key, document) = row?;
            let is_there = Document::decode(document.value())?.is_there(changes.now);
            let key = key.value();
            let name = key.last_chunk().copied().map(DocumentName);
            let is_changed = name.is_some_and(|name| changes.documents.contains_key(&name));
            count += usize::from(is_there && !is_changed);
        }
        Ok(count)
    }

    pub(super) fn kill(
        &mut self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: &Tombstone,
    ) -> Outcome<()> {
        let stored = row(&self.entries, handle)?;
        let Some(row) = Row::killed(stored.as_ref(), revision, tombstone)? else {
            return Ok(());
        };
        if self.index_size(handle)? != index_size {
            return Err(Error::Conflict.into());
        }
        self.store(handle, &row)?;
        self.documents.retain_in(rows_of(handle), |_, _| false)?;
        self.subjects.retain_in(rows_of(handle), |_, _| false)?;
        self.sizes.remove(handle.0)?;
        Ok(())
    }

    /// Notes that a row can be removed after this time.
    pub(super) fn expires(&mut self, until: Timestamp, kind: u8, key: &[u8]) -> Outcome<()> {
        let row = [until.0.to_be_bytes().as_slice(), &[kind], key].concat();
        self.expiries.insert(row.as_slice(), ())?;
        Ok(())
    }

    /// Removes some of what has expired.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Outcome<()> {
        for _ in 0..SWEPT_AT_ONCE {
            let first = self.expiries.first()?.map(|(row, _)| row.value().to_vec());
            let Some((until, rest)) = first.as_deref().and_then(|row| row.split_first_chunk())
            else {
                return Ok(());
            };
            let until = Timestamp(u64::from_be_bytes(*until));
            if now < until {
                return Ok(());
            }
            self.changed = true;
            self.remove_expired(until, rest)?;
            self.expiries.remove(first.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Removes a row unless it was given another time since.
    fn remove_expired(&mut self, until: Timestamp, row: &[u8]) -> Outcome<()> {
        match row.split_first() {
            Some((b'i', id)) => {
                if let Ok(id) = id.try_into()
                    && self.id_expires(id)? == Some(until)
                {
                    self.remove_id(id)?;
                }
            }
            Some((b'd', key)) => {
                let Ok(key) = <[u8; 32]>::try_from(key) else { return Ok(()) };
                let document = self.documents.get(key)?;
                let document = document.map(|document| Document::decode(document.value()));
                if document.transpose()?.and_then(|document| document.until) == Some(until) {
                    self.documents.remove(key)?;
                }
            }
            Some(_) | None => return Err(Error::corrupt("an unknown kind of row expires").into()),
        }
        Ok(())
    }

    pub(super) fn set_due(&mut self, handle: SubjectHandle, at: Timestamp) -> Outcome<()> {
        self.changed = true;
        let before = self.due_times.insert(handle.0, at.0)?.map(|before| before.value());
        if let Some(before) = before {
            self.due.remove(due_key(handle, before))?;
        }
        self.due.insert(due_key(handle, at.0), ())?;
        Ok(())
    }

    pub(super) fn clear_due(&mut self, handle: SubjectHandle, at: Timestamp) -> Outcome<()> {
        let known = self.due_times.get(handle.0)?.map(|known| known.value());
        if known == Some(at.0) {
            self.changed = true;
            self.due_times.remove(handle.0)?;
            self.due.remove(due_key(handle, at.0))?;
        }
        Ok(())
    }

    pub(super) fn due(&mut self, shard: u8, now: Timestamp, lease: Timestamp) -> Outcome<Vec<Due>> {
        let first = due_row(shard, 0, SubjectHandle([0; 16]));
        let last = due_row(shard, now.0, SubjectHandle([0xff; 16]));
        let rows = self.due.range(first..=last)?.take(DUE_AT_ONCE);
        let due = rows
            .map(|row| Ok(due_of(row?.0.value())))
            .collect::<Outcome<Option<Vec<Due>>>>()?
            .ok_or_else(|| Error::corrupt("a due time has no handle"))?;
        for leased in &due {
            self.set_due(leased.handle, lease)?;
        }
        Ok(due)
    }
}

fn due_key(handle: SubjectHandle, at: u64) -> [u8; 25] {
    due_row(shard_of(handle), at, handle)
}

fn due_row(shard: u8, at: u64, handle: SubjectHandle) -> [u8; 25] {
    let mut row = [shard; 25];
    let (front, back) = row.split_at_mut(9);
    if let Some((_, time)) = front.split_first_mut() {
        time.copy_from_slice(&at.to_be_bytes());
    }
    back.copy_from_slice(&handle.0);
    row
}

fn due_of(row: [u8; 25]) -> Option<Due> {
    let (_, rest) = row.split_first_chunk::<1>()?;
    let (at, handle) = rest.split_first_chunk()?;
    let at = Timestamp(u64::from_be_bytes(*at));
    Some(Due { handle: SubjectHandle(handle.try_into().ok()?), at })
}
