//! All settings.
