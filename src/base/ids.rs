//! Names of things: tenants, routes, upstreams, requests, records.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// Whether a name is 1 to 64 characters of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`.
fn is_plain_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

macro_rules! plain_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 64 characters of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Gives the name; refuses one outside the form above.
            pub fn new(name: &str) -> Option<Self> {
                is_plain_name(name).then(|| Self(Arc::from(name)))
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

plain_name! {
    /// A party whose keys and tokens nobody else shares.
    TenantId
}
plain_name! {
    /// A route of a rule file.
    RouteId
}
plain_name! {
    /// An upstream of the configuration.
    UpstreamId
}

impl TenantId {
    /// The tenant of rule files that name none.
    pub fn default_tenant() -> Self {
        Self(Arc::from("default"))
    }
}

/// One exchange, in logs, audit events and answers: a UUID of version 7 ([RFC 9562, section 5.7]).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Returns an id that nobody has yet.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

macro_rules! sixteen_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }
    };
}

sixteen_bytes! {
    /// Where a record lies in the vault: a keyed function of the token, never the token.
    StoreKey
}
sixteen_bytes! {
    /// A data subject in the vault's index: a keyed pseudonym, the same for all records of a tenant.
    SubjectHandle
}
sixteen_bytes! {
    /// Proof on one record that it belongs to one subject; differs from record to record.
    SubjectTag
}
sixteen_bytes! {
    /// Under which name a document of a subject lies in the vault: a keyed function of its kind and name.
    DocumentName
}
sixteen_bytes! {
    /// Where the vault looks an id up that somebody holds: a keyed function of the id, never the id.
    OpaqueId
}
