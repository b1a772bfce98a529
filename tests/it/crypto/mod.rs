//! Tests of crypto.
