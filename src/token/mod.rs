//! A value to a token.
