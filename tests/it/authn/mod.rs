//! Tests of authn.
