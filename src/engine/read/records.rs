//! The records of a stream as they arrive.

use crate::base::Span;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Records;
use crate::engine::leg::Leg;
use crate::rules::PlaceRules;

/// Whole records, one after the other, with their fields.
pub(in crate::engine) struct Taken {
    pub(in crate::engine) bytes: Vec<u8>,
    pub(in crate::engine) fields: Vec<Field>,
    pub(in crate::engine) refused: usize,
    /// A record is too long, and nothing behind it can be found.
    pub(in crate::engine) is_broken: bool,
}

/// Takes all records that have arrived. One that is refused stays as it is.
pub(in crate::engine) fn take_records(
    leg: &Leg<'_>,
    records: &mut Records,
    rules: &PlaceRules,
) -> Taken {
    let (bounds, options) = (&leg.engine.bounds, &leg.route().options);
    let (program, readings) = (&rules.program, Readings::Standard);
    let context = ReadContext { program, bounds, options, readings };
    let mut taken = Taken { bytes: Vec::new(), fields: Vec::new(), refused: 0, is_broken: false };
    loop {
        let record = match records.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return taken,
            Err(_) => {
                taken.is_broken = true;
                return taken;
            }
        };
        match records.select(&record, context) {
            Ok(fields) => {
                let by = u32::try_from(taken.bytes.len()).unwrap_or(u32::MAX);
                let moved = fields.into_iter().filter_map(|field| {
                    let start = field.span.start().checked_add(by)?;
                    let span = Span::new(start, field.span.end().checked_add(by)?)?;
                    Some(Field { span, ..field })
                });
                taken.fields.extend(moved);
            }
            Err(_) => taken.refused += 1,
        }
        taken.bytes.extend_from_slice(&record);
    }
}
