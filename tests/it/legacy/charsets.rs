//! Character sets other than UTF-8, where they are declared.

use super::world::World;

#[test]
fn xml_and_csv_in_a_legacy_set_are_read_and_written_in_it() {
    let world = World::new();
    let token = world.token("name", "Zoë");
    for (media, body, expected) in [
        (
            "application/xml",
            &b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><r><name>Zo\xeb</name><x>\xe9</x></r>"[..],
            format!(
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><r><name>{token}</name><x>\u{e9}</x></r>"
            ),
        ),
        // Nobody reads ASCII in another way, whatever is declared.
        (
            "text/csv; charset=windows-1252",
            b"name,x\nZoe,e\n",
            format!("name,x\n{},e\n", world.token("name", "Zoe")),
        ),
        (
            "application/json; charset=iso-8859-1",
            b"{\"name\":\"Zo\\u00eb\"}",
            format!("{{\"name\":\"{token}\"}}"),
        ),
    ] {
        let fields = format!("content-type: {media}\r\n");
        let answer = world.send(("POST", "/documents"), &fields, body, &world.support);
        assert_eq!(answer.status, 204, "{media}: {}", answer.text());
        let expected: Vec<u8> =
            expected.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(world.application.last().body, expected, "{media}");
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml; charset=iso-8859-1\r\n";
    world.application.gives(head, format!("<r><name>{token}</name></r>").as_bytes());
    assert_eq!(world.get(&world.support).body, b"<r><name>Zo\xeb</name></r>");
    // What the set cannot say is a reference in XML, and stays a token in CSV.
    let snow = world_token(&world, "雪");
    world.application.gives(head, format!("<r><name a=''>{snow}</name></r>").as_bytes());
    assert_eq!(world.get(&world.support).text(), "<r><name a=''>&#38634;</name></r>");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/csv; charset=iso-8859-1\r\n";
    world.application.gives(head, format!("name\n{snow}\n").as_bytes());
    assert_eq!(world.get(&world.support).text(), format!("name\n{snow}\n"));
}

fn world_token(world: &World, name: &str) -> String {
    world.application.gives("HTTP/1.1 204 No Content\r\n", b"");
    world.token("name", name)
}

#[test]
fn a_page_in_a_legacy_set_gets_references() {
    let world = World::new();
    let token = world.token("name", "Zoë 雪");
    let page = [b"<p>\xe9 ", token.as_bytes(), b"</p>"].concat();
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=iso-8859-1\r\n", &page);
    assert_eq!(world.get(&world.support).body, b"<p>\xe9 Zo&#235; &#38634;</p>");
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=shift_jis\r\n", &page);
    // No character of that set: browsers differ in what it takes along.
    assert_eq!(world.get(&world.support).body, page);
    let letter = [b"<p>\x83\x5c", token.as_bytes(), b"</p>"].concat();
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=shift_jis\r\n", &letter);
    assert_eq!(world.get(&world.support).body, b"<p>\x83\x5cZo&#235; &#38634;</p>");
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-16le\r\n", &page);
    let answer = world.get(&world.support);
    assert_eq!(
        (answer.body.clone(), answer.field("cloakroom-unrevealed")),
        (page, Some("charset"))
    );
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let world = World::new();
    let before = world.application.requests();
    for (media, body, status, reason) in [
        (
            "text/xml; charset=utf-8",
            &b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a/>"[..],
            400,
            "ambiguous_charset",
        ),
        ("text/xml; charset=utf-16", b"<\0a\0/\0>\0", 400, "ambiguous_charset"),
        ("text/xml; charset=utf-16le", b"<\0a\0/\0>\0", 415, "unsupported_charset"),
        ("text/csv; charset=made-up", b"a\nb\n", 415, "unknown_charset"),
        ("text/csv; charset=utf-7", b"a\nb\n", 415, "unknown_charset"),
        ("text/csv", b"name\nZo\xeb\n", 400, "invalid_utf8"),
        // A sender who declares one set and writes in another would choose what rules see.
        (
            "application/json; charset=windows-1252",
            "{\"pr\u{e9}nom\":1}".as_bytes(),
            415,
            "unsupported_charset",
        ),
        ("text/xml; charset=gbk", b"<r><name>\xaa]</name></r>", 415, "unsupported_charset"),
        ("text/csv; charset=iso-8859-1", b"name\nZo\xeb\n", 415, "unsupported_charset"),
        (
            "application/x-www-form-urlencoded; charset=shift_jis",
            b"a=b",
            415,
            "unsupported_charset",
        ),
        ("multipart/form-data; boundary=b; charset=gbk", b"--b--", 415, "unsupported_charset"),
        ("application/json; charset=utf-16le", b"{\0}\0", 415, "unsupported_charset"),
        ("application/x-www-form-urlencoded; charset=utf-16le", b"a=b", 415, "unsupported_charset"),
        ("application/x-www-form-urlencoded", b"name=Zo%EB", 400, "invalid_utf8"),
        (
            "application/x-www-form-urlencoded",
            b"_charset_=iso-8859-1&name=Zoe",
            400,
            "ambiguous_charset",
        ),
    ] {
        let fields = format!("content-type: {media}\r\n");
        let answer = world.send(("POST", "/documents"), &fields, body, &world.support);
        assert_eq!(answer.status, status, "{media}: {}", answer.text());
        assert!(answer.text().contains(reason), "{media}: {}", answer.text());
    }
    assert_eq!(world.application.requests(), before);
}
