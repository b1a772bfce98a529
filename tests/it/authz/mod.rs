//! Tests of authz.
