//! Bodies and other places of a message as documents: what a selector finds, and replacing it.
