//! How key sets of identity providers, and answers of forward-auth, are fetched.

use std::sync::Arc;
use std::time::Duration;

use crate::authn;
use crate::authn::jwks;
use crate::base::Timestamp;
use crate::gateway::Error;
use crate::net;

/// The longest fetch; those who ask have shorter deadlines of their own.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Gives the function that fetches over HTTPS, trusting the operating system's authorities; over
/// HTTP on loopback only, which the client sees to.
pub fn over_https(now: Timestamp) -> Result<authn::Fetch, Error> {
    let (tls, _warnings) = net::tls::client_config(None, None, now).map_err(Error::Mistakes)?;
    let client = Arc::new(net::Fetch::new(tls, jwks::BYTES, TIMEOUT));
    Ok(Arc::new(move |errand: authn::Errand| {
        let client = Arc::clone(&client);
        Box::pin(async move {
            let url = errand.url.parse().map_err(|_| authn::FetchError::Unreachable)?;
            match client.ask(&url, errand.headers, errand.limit).await {
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
