//! The main job on one machine, with an application of our own.
//!
//! [`shop`] is that application: a small legacy web shop, written as if by somebody who never heard
//! of a gateway. It stands in for the applications that nobody wants to rewrite.
//!
//! # Invariants
//!
//! - The shop imports nothing of ours (`architecture::layers::the_shop_of_the_demo_imports_nothing_of_ours`).

pub mod shop;
