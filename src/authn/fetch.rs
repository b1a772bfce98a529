//! How this module reaches out: one GET, made by whoever builds the gateway.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;
use http::Response;

use super::jwks::FetchError;

/// What is to be fetched.
pub struct FetchRequest {
    /// The URL: `https`, or `http` on this machine.
    pub url: String,
    /// Header fields to send along. They may hold credentials.
    pub headers: HeaderMap,
    /// Authorities to trust instead of the operating system's; one that [`ForwardAuthConfig::ca`] names.
    ///
    /// [`ForwardAuthConfig::ca`]: super::config::ForwardAuthConfig::ca
    pub ca: Option<PathBuf>,
    /// Longest body that is read.
    pub limit: usize,
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FetchRequest({})", self.url)
    }
}

/// Makes a GET and gives the answer whatever its status, or says why there is none. It must not
/// follow redirects; a body over [`FetchRequest::limit`] is an error; that of another status than 2xx is
/// not needed.
pub type Fetch = Arc<dyn Fn(FetchRequest) -> Fetching + Send + Sync>;
/// A [`Fetch`] that was begun and gives its answer when awaited.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, FetchError>> + Send>>;
