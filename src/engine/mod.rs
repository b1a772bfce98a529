//! The product: protect and reveal.
