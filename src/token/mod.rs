//! A value to a token, and back to what a token stands for.
//!
//! The [`Tokenizer`] of a tenant gives the same value of the same class the same token for ever,
//! recognises its own tokens without asking anybody, and seals and opens what the vault keeps. It
//! does not decide which fields are tokenized (`rules`), nor who may see originals (`authz`), nor
//! where records lie (`vault`). Pure. Bytes are fixed in `docs/token-format.md`.
//!
//! # Invariants
//!
//! - Same tenant, class, canonical value and kind: same token (`same_input_same_token`).
//! - A token is 29 characters of one alphabet; in any letter case, plain or shaped, it is the same
//!   token with the same store key (`any_case_and_shape_is_the_same_token`).
//! - A token of a person is a UUID and never a token of a value, nor the other way round
//!   (`neither_kind_of_token_is_taken_for_the_other`).
//! - What does not carry a right keyed check is not a token (`one_changed_character_is_not_ours`).
//! - `open` undoes `seal` for every text and kind (`open_undoes_seal`), and only for the same
//!   tenant, class and store key.
//! - A mask shows at most half of the characters that it shows a part of, and none of a value that
//!   it does not understand (`a_mask_shows_at_most_half`).

mod class;
mod canonical;
mod mask;
mod text;
mod person;
mod find;
mod tokenizer;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub use canonical::canonical_form;
pub use class::{Class, Form, Matching, Shape, builtin, builtin_names};
pub use mask::Mask;
pub use person::PersonToken;
pub use text::Token;
pub use tokenizer::{DEFAULT_EMAIL_DOMAIN, Derived, Subject, Tokenizer};
