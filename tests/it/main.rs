//! Everything that needs more than one module: one binary, one harness.

#![expect(
    clippy::string_slice,
    clippy::unwrap_in_result,
    reason = "test code: what goes wrong shall panic here"
)]

mod harness;

mod document;
mod coding;
mod formats;
mod html;
mod pages;
mod crypto;
mod people;
mod vault_contract;
mod audit;
mod authn;
mod authz;
mod rules;
mod config;
mod proxy;
mod engine;
mod legacy;
mod reload;
mod admin;
mod cli;
mod cases;
mod architecture;
mod docs;
mod helm;
