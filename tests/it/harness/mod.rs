//! What tests share.

pub(crate) mod client;
pub(crate) mod gate;
pub(crate) mod tls;
pub(crate) mod upstream;
