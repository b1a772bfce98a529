//! Texts of the console.

use super::texts;

texts! {
    /// What the console says to staff.
    Staff {
        Console { en: "Overview", de: "Übersicht" }
    }
}
