//! Character sets that documents declare themselves: pages in their heads, XML in its declaration.

/// Bytes of a page in which browsers look for a declaration ([HTML, 4.2.5.4]).
const PRESCAN: usize = 1024;

/// Returns the label of the character set that a page declares in its head. None when it declares none, or
/// in a way that a browser may read differently: after a comment, a second time, behind a byte order mark.
pub fn charset_of_page(page: &[u8]) -> Option<String> {
    let head = page.get(..PRESCAN).unwrap_or(page).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset")?;
    let (before, behind) = head.split_at_checked(at)?;
    let (_, behind) = behind.split_at_checked("charset".len())?;
    let sure = memchr::memmem::find(behind, b"charset").is_none()
        && memchr::memmem::find(before, b"<!--").is_none()
        && before.is_ascii()
        && memchr::memmem::find(before, b"<script").is_none();
    let tag = before.get(memchr::memrchr(b'<', before)?..)?;
    let plain = tag.strip_prefix(b"<meta").filter(|rest| {
        rest.first().is_some_and(u8::is_ascii_whitespace) && !rest.contains(&b'>')
    })?;
    let by_content = memchr::memmem::find(plain, b"content-type").is_some();
    if !sure || !(plain.trim_ascii().is_empty() || by_content) {
        return None;
    }
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let end = value.iter().position(|byte| !inside(byte))?;
    let label = value.get(..end)?;
    String::from_utf8(label.to_vec()).ok()
}

/// Returns whether no browser finds a declaration in a page of which this has come; `last` says that it is
/// all.
pub fn page_says_nothing(page: &[u8], last: bool) -> bool {
    let head = page.get(..PRESCAN).unwrap_or(page).to_ascii_lowercase();
    let over = last || page.len() >= PRESCAN || memchr::memmem::find(&head, b"<body").is_some();
    let marked = [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"];
    over && memchr::memmem::find(&head, b"charset").is_none()
        && !marked.iter().any(|mark| page.starts_with(mark))
}

/// Returns the encoding that an XML declaration names, when it is written in ASCII.
pub fn charset_of_xml(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let rest = text.strip_prefix(b"<?xml")?;
    let head = rest.get(..memchr::memmem::find(rest, b"?>")?.min(256))?;
    let behind = head.get(memchr::memmem::find(head, b"encoding")? + "encoding".len()..)?;
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end).filter(|_| matches!(quote, b'"' | b'\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_page_declares() {
        let by_content =
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=ISO-8859-1\">";
        for (page, found) in [
            ("<!doctype html><html><head><meta charset=\"UTF-8\">", Some("utf-8")),
            ("<META charset='utf-8'/>", Some("utf-8")),
            ("<meta charset=utf-8>", Some("utf-8")),
            (by_content, Some("iso-8859-1")),
            ("<meta charset=shift_jis>", Some("shift_jis")),
            ("<meta charset=made-up>", Some("made-up")),
            ("<!-- <meta charset=utf-8> -->", None),
            ("<meta charset=utf-8><meta charset=iso-8859-1>", None),
            ("<p charset=utf-8>", None),
            ("<meta name=\"description\" content=\"charset=utf-8\">", None),
            ("<p>", None),
        ] {
            assert_eq!(charset_of_page(page.as_bytes()).as_deref(), found, "{page}");
        }
    }

    #[test]
    fn a_page_says_nothing_only_when_its_head_is_over() {
        let long = "x".repeat(PRESCAN);
        for page in ["<p><body>", long.as_str(), "<html><BODY class=x>"] {
            assert!(page_says_nothing(page.as_bytes(), false), "{page}");
        }
        assert!(page_says_nothing(b"<p>", true) && !page_says_nothing(b"<p>", false));
        for page in
            ["<!-- <meta charset=utf-8><body>", "<script charset=x><body>", "\u{feff}<body>"]
        {
            assert!(!page_says_nothing(page.as_bytes(), true), "{page}");
        }
    }

    #[test]
    fn finds_the_encoding_of_an_xml_declaration() {
        for (text, encoding) in [
            ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", Some("ISO-8859-1")),
            ("<?xml version='1.0' encoding = 'utf-8' ?><a/>", Some("utf-8")),
            ("<?xml version='1.0'?><a encoding='x'/>", None),
            ("<a/>", None),
            ("<?xml encoding=\"x'?>", None),
        ] {
            assert_eq!(charset_of_xml(text.as_bytes()), encoding.map(str::as_bytes), "{text}");
        }
    }
}
