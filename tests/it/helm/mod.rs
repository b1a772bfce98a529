//! The Helm chart, without a cluster: Helm's own engine and the schemas of Kubernetes.
//!
//! The work is done by `scripts/helm-check.py`, because that engine is a Python package. The first
//! run makes its environment below the target folder, and needs `PyPI` for that.

#[cfg(test)]
mod chart;
