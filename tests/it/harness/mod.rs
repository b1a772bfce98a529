//! What tests share.

#[cfg(test)]
pub(crate) mod chaos;
#[cfg(test)]
pub(crate) mod redis;
