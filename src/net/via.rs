//! The `Via` header field: [RFC 9110, section 7.6.3].

use http::HeaderMap;
use http::HeaderValue;
use http::header;

/// What we add to a request. The name is fixed, as a pseudonym: it says nothing about the host.
pub const VIA: HeaderValue = HeaderValue::from_static("1.1 cloakroom");

/// Gives how often the message passed through a gateway of this name. More than a few times is a
/// loop: two gateways that point at each other would otherwise fill each other with requests.
pub fn passes_through_us(headers: &HeaderMap) -> usize {
    let lines = headers.get_all(header::VIA).iter();
    let hops = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b','));
    hops.filter(|hop| is_ours(hop)).count()
}

fn is_ours(hop: &[u8]) -> bool {
    let mut words =
        hop.split(|&byte| byte == b' ' || byte == b'\t').filter(|word| !word.is_empty());
    let _protocol = words.next();
    words.next() == Some(b"cloakroom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_our_own_name_only() {
        let mut headers = HeaderMap::new();
        headers.append("via", "1.0 fred, 1.1 cloakroom".parse().unwrap());
        headers.append(
            "via",
            "HTTP/1.1 cloakroom (us), 1.1 cloakroomy,1.1  cloakroom".parse().unwrap(),
        );
        assert_eq!(passes_through_us(&headers), 3);
        assert_eq!(passes_through_us(&HeaderMap::new()), 0);
    }
}
