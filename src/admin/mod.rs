//! For operators: health, readiness, metrics, configuration.
