//! The vocabulary every other module speaks.
//!
//! Small types that cannot hold a wrong value, and nothing that waits: no files, no sockets, no
//! clock but the [`Clock`] trait. A type belongs here when at least two layers name it; a type that
//! one module owns lives there.
//!
//! # Invariants
//!
//! - A constructor that can fail returns `Option`; what exists is valid.
//! - [`Sensitive`] never shows its content, and wipes it when dropped.

mod class;
mod holding;
mod ids;
mod principal;
mod purpose;
mod sensitive;
mod span;
mod tchar;
mod diagnostic;
mod limits;
mod clock;
mod live;
mod json;

pub use class::{ALPHABET, ClassCode, DataClass, digit};
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use diagnostic::{Diagnostic, Severity, SourceFile, SourcePlace};
pub use holding::HoldingKind;
pub use ids::{
    DocumentName, OpaqueId, RequestId, RouteId, StoreKey, SubjectHandle, SubjectTag, TenantId,
    UpstreamId,
};
pub use json::strict_json;
pub use limits::{Limits, NewValuesPerMinute, Timeouts};
pub use live::Live;
pub use principal::{AuthMethod, Claim, Principal, PrincipalKind};
pub use purpose::Purpose;
pub use sensitive::Sensitive;
pub use span::Span;
pub use tchar::{is_tchar, is_token};

/// What kind of scalar a value is at its place, so that it comes back as the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text: the kind of all values but those below.
    Text,
    /// A JSON number; the value is its literal spelling.
    Number,
}
