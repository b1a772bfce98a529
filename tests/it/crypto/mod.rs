//! Tests of `crypto` and `token` that look at files and memory.

mod documents;
mod in_place;
mod wiping;
