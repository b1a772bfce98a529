//! What operators see: health, readiness, metrics, configuration.

#[cfg(test)]
mod pages;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod tls;
