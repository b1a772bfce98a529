//! Content codings of bodies.
