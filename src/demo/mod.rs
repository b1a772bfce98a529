//! The main job on one machine, with an application of our own.

pub mod shop;
