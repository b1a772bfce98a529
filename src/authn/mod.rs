//! Who is calling.
//!
//! The configured methods are tried in their order; the first that recognises the caller wins. A
//! credential that is there and wrong is a refusal, never anonymity. Without any credential the
//! caller is [`Principal::anonymous`](crate::base::Principal::anonymous).
//!
//! This module does not decide what a caller may do (`authz` does), and makes no answer to a client
//! (`proxy` maps [`Refused`] to one).
//!
//! Read [`Authenticator::identify`] first.
//!
//! # Invariants
//!
//! - No header that a client can write freely makes a principal (`authn::purpose`, `authn::jwt`).
//! - HMAC and `none` are not among the algorithms that can be configured
//!   (`authn::jwt::an_unsigned_token_is_refused`, `authn::jwt::a_public_key_is_no_hmac_key`).
//! - What a browser sends of its own accord makes nobody somebody in a request of another site
//!   (`authn::carried::another_site_asks_as_nobody`).
//! - Nobody becomes anonymous because the other side of forward-auth fails
//!   (`authn::forward_auth::an_outage_is_a_refusal_and_never_anonymity`).
//! - No credential, nor a part of one, is in an error, a `Debug` or a log line
//!   (`authn::canaries`).
//! - Every wait is bounded: a fetch of keys by its deadline, the wait for another's by twice that
//!   (`authn::rotation::an_issuer_that_hangs_is_not_waited_for_long`); forward-auth alike.

pub mod config;
pub mod api_key;
pub mod jwks;

mod key_set;
mod authenticator;
mod head;
mod method;
mod api_key_file;
mod jwt;
mod claims;
mod forward_auth;
mod identity_response;
mod fetch;
mod refused;

pub use api_key_file::{Added, ApiKeyFile, FileError, Listed};
pub use authenticator::{Authenticator, DEMO, Identity, PURPOSE_HEADER};
pub use fetch::{Fetch, FetchRequest, Fetching};
pub use jwks::{FetchError, Refreshed};
pub use key_set::{KeySet, KeySetError};
pub use refused::Refused;

pub(crate) use method::is_cookie_name;
