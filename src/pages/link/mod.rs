//! Pages behind links that were sent to a person.
