//! What tests share.

pub(crate) mod chaos;
pub(crate) mod redis;
