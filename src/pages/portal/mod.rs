//! Pages of people: what is held about them, who looked, and what they can do about it.
//!
//! | path | page |
//! |---|---|
//! | `/`, `/code` | [`SignIn`], [`Code`] |
//! | `/me` | [`Overview`] |

mod sign_in;
mod overview;

pub use overview::{Held, Looks, Overview, Removal};
pub use sign_in::{AddressFault, Code, CodeFault, CodePurpose, SignIn};
