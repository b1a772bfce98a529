//! Names of metrics and log fields, and their set-up.
