//! The promises of the product, on a whole gateway between real sockets: an application that
//! remembers every byte, both vaults, faults that are made rather than simulated.
//!
//! # Invariants
//!
//! - What these tests look for is planted by them, so that finding nothing means something
//!   (`harness::canary`).

#[cfg(test)]
mod journey;
#[cfg(test)]
mod values;
#[cfg(test)]
mod sight;
#[cfg(test)]
mod session;
#[cfg(test)]
mod planted;
mod proofs;
#[cfg(test)]
mod stored;
#[cfg(test)]
mod dictionary;
#[cfg(test)]
mod owned;
#[cfg(test)]
mod anchored;
#[cfg(test)]
mod wiped;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod silent;
#[cfg(test)]
mod egress;
