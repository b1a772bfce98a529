//! Codecs: any text comes back as it was written, and what is read can be written again.
#![no_main]

use cloakroom::base::Kind;
use cloakroom::document::Charset;
use cloakroom::document::Codec;
use cloakroom::document::Layer;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

const LAYERS: [Layer; 7] = [
    Layer::Json,
    Layer::Form,
    Layer::Path,
    Layer::Part,
    Layer::XmlText,
    Layer::XmlAttribute,
    Layer::Cell,
];

const CODECS: [Codec; 11] = [
    Codec::Json,
    Codec::Form(Charset::UTF8),
    Codec::Query(Charset::UTF8),
    Codec::Path,
    Codec::Cookie,
    Codec::Header,
    Codec::Part(Charset::UTF8),
    Codec::XmlText,
    Codec::XmlAttribute,
    Codec::Cell,
    Codec::GuardedCell,
];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, bytes)) = cloakroom_fuzz::read(input) else { return };
    let kind = if dice.flag() { Kind::Number } else { Kind::Text };
    let label = dice.pick(&["windows-1252", "koi8-r", "shift_jis", "gb18030", "big5", "euc-jp"]);
    let charset = Charset::settle(Some(label.as_bytes()), b"").expect("a label");
    let legacy = [Codec::Form(charset), Codec::Query(charset), Codec::Part(charset)];
    for codec in CODECS.into_iter().chain(LAYERS.map(Codec::JsonIn)).chain(legacy) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            undone(codec, text);
        }
        if let Ok(text) = codec.decode(bytes, kind) {
            undone(codec, text.expose());
        }
    }
});

fn undone(codec: Codec, text: &str) {
    let mut out = Vec::new();
    codec.encode(text, Kind::Text, &mut out);
    let read = codec.decode(&out, Kind::Text);
    if codec.holds(text) {
        let read = read.unwrap_or_else(|error| panic!("{codec:?} {text:?} {error}"));
        assert_eq!(read.expose(), text, "{codec:?}");
    }
    // Also what a place cannot hold does not break out of it.
    let breaks: &[u8] = match codec {
        Codec::Json | Codec::JsonIn(_) | Codec::Part(_) => b"",
        Codec::Form(_) | Codec::Query(_) => b"&=;+ \r\n#",
        Codec::Path => b"/?#;\\ \r\n",
        Codec::Cookie => b"=;,\" \r\n\\",
        Codec::Header => b"\r\n\0",
        Codec::XmlText => b"<\0",
        Codec::XmlAttribute => b"<\"'\0\n\t",
        Codec::Cell | Codec::GuardedCell => b"\0",
    };
    assert!(!out.iter().any(|byte| breaks.contains(byte)), "{codec:?} {text:?} {}", shown(&out));
}
