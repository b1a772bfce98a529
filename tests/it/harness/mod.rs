//! What tests share.

#[cfg(test)]
pub(crate) mod chaos;
#[cfg(test)]
pub(crate) mod redis;
pub(crate) mod client;
pub(crate) mod gate;
pub(crate) mod tls;
pub(crate) mod upstream;
