//! The customer table: one JSON file, rewritten whole and swapped in.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;

/// A customer, as the application stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) note: String,
}

/// What a form or an API call says about a customer.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Draft {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) phone: String,
    #[serde(default)]
    pub(super) note: String,
}

/// Why a row was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("{0}")]
    Invalid(&'static str),
    #[error("this e-mail address is in use")]
    EmailTaken,
    #[error("no such customer")]
    NotFound,
    #[error("the customer file cannot be written")]
    Disk(#[from] io::Error),
}

impl Draft {
    /// The checks that came with the columns of the table.
    fn check(&self) -> Result<(), Error> {
        let parts = self.email.split_once('@');
        let looks_like_email = parts.is_some_and(|(user, host)| !user.is_empty() && host.len() > 2);
        if self.name.trim().is_empty() || self.name.chars().count() > 80 {
            return Err(Error::Invalid("name: 1 to 80 characters"));
        }
        if !looks_like_email || self.email.chars().count() > 64 {
            return Err(Error::Invalid("email: an address of at most 64 characters"));
        }
        if self.phone.chars().count() > 40 {
            return Err(Error::Invalid("phone: at most 40 characters"));
        }
        if self.note.chars().count() > 2000 {
            return Err(Error::Invalid("note: at most 2000 characters"));
        }
        Ok(())
    }

    fn with_id(self, id: u64) -> Customer {
        Customer { id, name: self.name, email: self.email, phone: self.phone, note: self.note }
    }
}

type Rows = BTreeMap<u64, Customer>;

/// The table, in memory and on disk.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    rows: Mutex<Rows>,
}

impl Store {
    /// Reads the file, or starts empty when there is none.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let rows = match fs::read(&path) {
            Ok(bytes) => {
                let list: Vec<Customer> = serde_json::from_slice(&bytes)?;
                list.into_iter().map(|customer| (customer.id, customer)).collect()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Rows::new(),
            Err(error) => return Err(error),
        };
        let store = Self { path, rows: Mutex::new(Rows::new()) };
        store.write(&rows)?;
        *store.rows() = rows;
        Ok(store)
    }

    /// All customers, oldest first; with `email`, those with exactly this address.
    pub(super) fn list(&self, email: Option<&str>) -> Vec<Customer> {
        let wanted = |customer: &&Customer| email.is_none_or(|email| customer.email == email);
        self.rows().values().filter(wanted).cloned().collect()
    }

    pub(super) fn find(&self, id: u64) -> Result<Customer, Error> {
        self.rows().get(&id).cloned().ok_or(Error::NotFound)
    }

    pub(super) fn add(&self, draft: Draft) -> Result<Customer, Error> {
        draft.check()?;
        let mut rows = self.rows();
        let id = rows.last_key_value().map_or(1, |(last, _)| last + 1);
        self.put(&mut rows, draft.with_id(id))
    }

    pub(super) fn replace(&self, id: u64, draft: Draft) -> Result<Customer, Error> {
        draft.check()?;
        let mut rows = self.rows();
        if !rows.contains_key(&id) {
            return Err(Error::NotFound);
        }
        self.put(&mut rows, draft.with_id(id))
    }

    pub(super) fn remove(&self, id: u64) -> Result<(), Error> {
        let mut rows = self.rows();
        let mut next = rows.clone();
        next.remove(&id).ok_or(Error::NotFound)?;
        self.write(&next)?;
        *rows = next;
        Ok(())
    }

    /// Writes the file first: what the caller was told is on disk.
    fn put(&self, rows: &mut Rows, customer: Customer) -> Result<Customer, Error> {
        let taken = |other: &Customer| other.email == customer.email && other.id != customer.id;
        if rows.values().any(taken) {
            return Err(Error::EmailTaken);
        }
        let mut next = rows.clone();
        next.insert(customer.id, customer.clone());
        self.write(&next)?;
        *rows = next;
        Ok(customer)
    }

    fn write(&self, rows: &Rows) -> io::Result<()> {
        let list: Vec<&Customer> = rows.values().collect();
        let mut text = serde_json::to_vec_pretty(&list)?;
        text.push(b'\n');
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // The map is replaced whole, so a panic elsewhere cannot have left it half changed.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
