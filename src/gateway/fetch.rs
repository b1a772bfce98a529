//! How key sets of identity providers, and answers of forward-auth, are fetched.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::authn;
use crate::authn::config::Config;
use crate::authn::config::ForwardAuthConfig;
use crate::authn::config::Method;
use crate::authn::jwks;
use crate::base::Timestamp;
use crate::gateway::Error;
use crate::net;

/// The longest fetch; those who ask have shorter deadlines of their own.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Gives the function that fetches over HTTPS, trusting the operating system's authorities or those
/// that a method of recognising callers names; over HTTP on loopback only, which the client sees to.
///
/// Refuses a file of authorities that cannot be read.
pub fn over_https(identity: &Config, now: Timestamp) -> Result<authn::Fetch, Error> {
    let client = |ca: Option<&Path>| {
        let (tls, _warnings) = net::tls::client_config(ca, None, now).map_err(Error::Mistakes)?;
        Ok::<_, Error>(net::Fetch::new(tls, jwks::BYTES, TIMEOUT))
    };
    let mut clients = BTreeMap::from([(None, client(None)?)]);
    for method in &identity.methods {
        if let Method::ForwardAuth(ForwardAuthConfig { ca: Some(file), .. }) = method {
            clients.insert(Some(file.clone()), client(Some(file))?);
        }
    }
    Ok(Arc::new(move |request: authn::FetchRequest| {
        let client = clients.get(&request.ca).cloned();
        Box::pin(async move {
            let client = client.ok_or(authn::FetchError::Unreachable)?;
            let url = request.url.parse().map_err(|_| authn::FetchError::Unreachable)?;
            match client.ask(&url, request.headers, request.limit).await {
                Ok(answer) => Ok(answer.map(|body| body.to_vec())),
                Err(error) => Err(told(error)),
            }
        })
    }))
}

fn told(error: net::FetchError) -> authn::FetchError {
    match error {
        net::FetchError::Address | net::FetchError::Connect | net::FetchError::Protocol => {
            authn::FetchError::Unreachable
        }
        net::FetchError::Status(status) => authn::FetchError::Status(status),
        net::FetchError::TooLarge => authn::FetchError::TooLarge,
        net::FetchError::Timeout => authn::FetchError::Timeout,
    }
}
