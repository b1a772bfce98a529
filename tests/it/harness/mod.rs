//! What tests share.

#[cfg(test)]
pub(crate) mod chaos;
#[cfg(test)]
pub(crate) mod redis;
pub(crate) mod cpu;
pub(crate) mod client;
pub(crate) mod gate;
pub(crate) mod tls;
pub(crate) mod upstream;
#[cfg(test)]
pub(crate) mod application;
#[cfg(test)]
pub(crate) mod canned;
#[cfg(test)]
pub(crate) mod caller;
#[cfg(test)]
pub(crate) mod browser;
#[cfg(test)]
pub(crate) mod canary;
#[cfg(test)]
pub(crate) mod gateway;
#[cfg(test)]
pub(crate) mod users;
