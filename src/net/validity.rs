//! Until when a certificate is valid: as much of X.509 as that needs.
//!
//! rustls checks the certificates of others; nobody checks our own before clients do. So the end
//! of `Validity` ([RFC 5280, section 4.1.2.5]) is read here, to warn in time. What cannot be read
//! gives `None`: this is for a warning, not for a decision.

/// Gives the last moment of validity in seconds since 1970.
pub(crate) fn not_after(certificate: &[u8]) -> Option<i64> {
    let (certificate, _) = element(certificate, 0x30)?;
    let (mut body, _) = element(certificate, 0x30)?;
    if let Some((_, rest)) = element(body, 0xa0) {
        body = rest; // version
    }
    let (_, body) = element(body, 0x02)?; // serialNumber
    let (_, body) = element(body, 0x30)?; // signature
    let (_, body) = element(body, 0x30)?; // issuer
    let (validity, _) = element(body, 0x30)?;
    let (_, rest) = time(validity)?;
    time(rest).map(|(moment, _)| moment)
}

/// Takes one element with this tag off the front: its content, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first != tag {
        return None;
    }
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = if short < 0x80 {
        (usize::from(short), rest)
    } else {
        let digits = usize::from(short & 0x7f);
        let (number, rest) = (digits <= 4).then(|| rest.split_at_checked(digits))??;
        (
            number.iter().try_fold(0, |n: usize, &b| Some(n.checked_mul(256)? + usize::from(b)))?,
            rest,
        )
    };
    rest.split_at_checked(length)
}

/// `UTCTime` or `GeneralizedTime`, in the one form each that [RFC 5280] allows.
fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (text, rest) = match bytes.first()? {
        0x17 => element(bytes, 0x17)?,
        _ => element(bytes, 0x18)?,
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match text.len() {
        12 => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        14 => text.to_owned(),
        _ => return None,
    };
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let date = jiff::civil::DateTime::new(
        text.get(..4)?.parse().ok()?,
        number(4, 6)?,
        number(6, 8)?,
        number(8, 10)?,
        number(10, 12)?,
        number(12, 14)?,
        0,
    );
    let moment = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some((moment.timestamp().as_second(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_end_of_real_certificates() {
        for year in [2031, 2049, 2050, 2110] {
            let mut parameters =
                rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 2, 3);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = parameters.self_signed(&key).unwrap();
            let expected = jiff::civil::date(i16::try_from(year).unwrap(), 2, 3).at(0, 0, 0, 0);
            let expected =
                expected.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
            assert_eq!(not_after(certificate.der()), Some(expected));
        }
    }

    #[test]
    fn gives_nothing_for_anything_else() {
        for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"hello", &[0x30; 64]] {
            assert_eq!(not_after(bytes), None);
        }
    }
}
