//! Checks before anything else, on what the scanner let pass.

use http::HeaderMap;
use http::HeaderValue;
use http::Request;
use http::header;

use crate::net::passes_through_us;
use crate::proxy::Rejection;
use crate::proxy::connection::Client;

/// How often a request may have passed through a gateway of our name: ours in front of theirs in
/// front of another team's is legitimate, a fourth time is a loop.
const MAX_PASSES: usize = 3;

/// Refuses a request that the scanner has refused, one that the TLS handshake did not announce, one
/// that goes round in circles, and one that expects what we do not know.
pub(super) fn check<B>(
    client: &Client,
    number: u64,
    request: &Request<B>,
) -> Result<(), Rejection> {
    if let Some(fault) = client.watch.refusal(number) {
        return Err(Rejection::Framing(fault));
    }
    if let Some(server_name) = &client.server_name {
        check_server_name(server_name, host(request.headers()))?;
    }
    check_head(request.headers())
}

/// The part of [`check`] that needs no connection.
pub(super) fn check_head(headers: &HeaderMap) -> Result<(), Rejection> {
    check_expectation(headers)?;
    if passes_through_us(headers) >= MAX_PASSES {
        return Err(Rejection::Loop);
    }
    Ok(())
}

/// The one `Host`, which the scanner has found valid.
pub(super) fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// [RFC 9110, section 7.4]: a connection made for one host does not serve another, or a certificate
/// would vouch for hosts that it does not name.
fn check_server_name(server_name: &str, host: &str) -> Result<(), Rejection> {
    let name = host.split(':').next().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    let server_name = server_name.strip_suffix('.').unwrap_or(server_name);
    if name.eq_ignore_ascii_case(server_name) { Ok(()) } else { Err(Rejection::Misdirected) }
}

fn check_expectation(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut expectations = headers.get_all(header::EXPECT).iter();
    let known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    match (expectations.next(), expectations.next()) {
        (None, _) => Ok(()),
        (Some(one), None) if known(one) => Ok(()),
        (Some(_), _) => Err(Rejection::Expectation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_serves_the_host_it_was_made_for() {
        assert!(check_server_name("a.example", "A.Example:8443").is_ok());
        assert!(check_server_name("a.example", "a.example.").is_ok());
        assert_eq!(check_server_name("a.example", "b.example"), Err(Rejection::Misdirected));
    }
}
