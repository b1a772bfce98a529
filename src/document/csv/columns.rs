//! The names of columns, each decoded and hashed once for all rows.

use crate::base::Span;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::csv::cell;
use crate::document::names::Name;
use crate::document::names::Naming;

/// Columns with names that a document may have.
const COLUMNS: usize = 4096;

/// Bytes of one name, decoded: no selector has a longer one.
const NAME_BYTES: usize = 1024;

/// Bytes of all names together. While they are read there are three copies of them at most.
pub(in crate::document) const NAMES_BYTES: usize = 256 * 1024;

/// The names of columns in the normal form of the rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    text: String,
    all: Vec<Column>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    /// Where its name ends; it starts where the one before ends.
    end: usize,
    hash: u64,
    /// Whether another column has this name.
    repeats: bool,
}

impl Columns {
    /// Adds the name that a cell of the header row holds. Refuses more columns than 4,096 or `bounds.nodes`,
    /// a name of more than 1 KiB, more than 256 KiB of names, and U+0000.
    ///
    /// To protect, a name is that of the rule for which readers take it that trim and fold names.
    pub(super) fn add(
        &mut self,
        source: &[u8],
        cell: Span,
        ReadContext { program, bounds, readings, .. }: ReadContext<'_>,
    ) -> Result<(), Refusal> {
        let refusal = |reason| Refusal { reason, offset: cell.start() };
        if self.all.len() >= COLUMNS.min(bounds.nodes) {
            return Err(refusal(Reason::TooManyNodes));
        }
        let raw = cell.of(source);
        if raw.len() > NAME_BYTES.min(NAMES_BYTES.saturating_sub(self.text.len())) {
            return Err(refusal(Reason::TooLarge));
        }
        let mut written = String::new();
        cell::decode(raw, &mut written).map_err(|error| refusal(error.reason))?;
        if written.contains('\0') {
            return Err(refusal(Reason::NulInKey));
        }
        let name = match readings {
            Readings::Standard => &written,
            Readings::All => program.column(&written).unwrap_or(&written),
        };
        let Naming { key_match, seed } = program.naming();
        let mut folded = String::new();
        let Name { text, hash } = seed.name(key_match.normal(name, &mut folded));
        self.text.push_str(text);
        self.all.push(Column { end: self.text.len(), hash, repeats: false });
        Ok(())
    }

    /// Finds out which names are there more than once, when all have been added.
    pub(super) fn finish(&mut self) {
        let mut hashes: Vec<u64> = self.all.iter().map(|column| column.hash).collect();
        hashes.sort_unstable();
        for column in &mut self.all {
            let first = hashes.partition_point(|hash| *hash < column.hash);
            column.repeats = hashes.get(first + 1) == Some(&column.hash);
        }
    }

    /// Gives the name of a column, and whether another one has it.
    pub(super) fn get(&self, at: usize) -> Option<(Name<'_>, bool)> {
        let Column { end, hash, repeats } = *self.all.get(at)?;
        let start =
            at.checked_sub(1).and_then(|before| self.all.get(before)).map_or(0, |it| it.end);
        Some((Name { text: self.text.get(start..end)?, hash }, repeats))
    }

    /// Whether there is not even an empty name: the document is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Gives all names in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.all.len()).filter_map(|at| self.get(at)).map(|(name, _)| name.text)
    }
}
