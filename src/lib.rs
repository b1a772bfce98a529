//! cloakroom: a reverse proxy that swaps personal data for tokens on the way in, and back for
//! authorised callers on the way out.
//!
//! The modules stand in layer order: each imports only from those above it.

pub mod base;
pub mod document;
pub mod coding;
pub mod crypto;
pub mod telemetry;
pub mod yaml;
pub mod pages;
pub mod token;
pub mod authz;
pub mod rules;
pub mod net;
pub mod keys;
pub mod vault;
pub mod audit;
pub mod authn;
pub mod engine;
pub mod proxy;
pub mod subject;
pub mod admin;
pub mod people;
pub mod config;
pub mod gateway;
pub mod demo;
pub mod cli;
