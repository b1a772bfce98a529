//! Tests of helm.
