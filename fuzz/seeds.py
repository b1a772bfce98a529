#!/usr/bin/env python3
"""Writes the seeds of a fuzz target: seeds.py TARGET FOLDER.

An input is 32 bytes that decide and a text (src/lib.rs). The texts are those of tests/cases and
rules (messages, their bodies and targets, whole files), and the strings below. Each is written with
a few decisions; the same ones in every run.
"""

import hashlib
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DICE = 32

PART = 'Content-Disposition: form-data; name="%s"'
FORM = "--b\n" + PART % "a" + "\n\n1\n--b\n" + PART % 'b"; filename="x' + "\n\n\n-\n--c\n--b\n"
FORM += PART % "user[email]" + '\nContent-Type: application/json\n\n{"b":"x"}\n--b--\n'

STRINGS = {
    "json": ['{"a":{"email":"x","b":[1,-2.5e3,null,true]},"b":"\\u0061\\ud83d\\ude00"}', ')]}\',\n{"a":1}',
             'callback({"a":1});', '[{"a":"x","b":"{\\"email\\":\\"y\\"}"}]'],
    "pairs": ["a=1&email=x%40y&user[email]=z&email[]=1&email[0]=2&b.c=3&;d=4", "%65mail=a+b&a[b][c]=d&a[=b&=&&"],
    "cookies": ["a=1; email=\"x%40y\"; b[c]=d; e", "a=1; Path=/; Max-Age=3", "x-user: a\nemail:  b \na:c"],
    "path": ["/users/a%40b", "/users/me", "/users/7/mail/x/y", "/admin/../users/1", "/a.b/c;d/e", "/users//a/./b%2fc"],
    "heads": ["application/json; charset=utf-8", "multipart/form-data; boundary=\"b\"", "text/csv;header=absent", "gzip, br",
              "10.0.0.1, 203.0.113.7", "https://a.example/users/alice@example.com", "/users/bob?x=1", "1.1 cloakroom, 1.0 x"],
    "multipart": [FORM],
    "xml": ["<r xmlns:x='u'><a c='1'>x&amp;&#65;<![CDATA[y]]><!--z--></a><x:email/><b>t<c/>u</b></r>",
            "<?xml version='1.0' encoding='UTF-8'?>\n<r><a>1</a><a>2</a></r>", "<r><?p i?><a b=\"&lt;\"/></r>"],
    "csv": ["id,email,a\n1,\"a\"\"b\",x\r\n\n2,c;d,\n", "a;b\n\"x\ny\";=1\n", "a\tb\n1\t2"],
    "records": ['{"a":1}\n\n{"email":"x"}\r\n', '\x1e{"a":1}\n\x1e\x1e{"email":\n"x"}\n',
                'data: {"a":1}\n\nevent: x\r\nid: 7\r\ndata:{"a":1,\r\ndata: "email":"y"}\r\n\r\ndata: {"a":2}\r\r', "a,email\n1,\"x\ny\"\n2,z"],
    "codecs": ["a<b>&\"'\\;,=+%-#@[]{}() \t\r\n|:./", "\"\\u0041\\n\"", "&lt;&#x41;", "%41+", "\"a\"\"b\"", "\\u0026lt;"],
    "html": ["<p title=\"\x01\">\x01 <a href='/u/\x01'>\x02</a><script>var a='\x01'</script>", "<textarea>\x01</textarea><!-- \x01 -->",
             "<a href=mailto:\x02>x</a><p onclick=\"f('\x01')\">", "<svg><title>\x01</title></svg>\x01<template>\x01", "\x0a\xc8\x15\xc9"],
    "plain": ["Dear \x01, your \x02. %20\x01 \\n\x01", "x\x01 \x01x \x02.evil.example"],
    "codings": ["aaaaaaaaaaaaaaaabcdefgh" * 9, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x78\x9c", "(\xb5/\xfd\x04X", "\x0b\x02\x80"],
    "charset": ["caf\xe9 <b>\x95\x5c \xed\x40", "\xff\xfea\0b\0", "\x81\x30\x81\x30 x", "\xa4\xa2 \x8e\xb1 \x8f\xa2\xaf", "\x88\x62 \x88\xa3"],
    "selectors": ["$..a[?@.b==1 && !(@.c)]\n[{\"a\":[1,{\"b\":1}]}]", "$['a','b'][1:3:-1]\n{\"a\":[1,2,3]}",
                  "$[?match(@.a,'x.*')||count(@.*)>1]\n[{\"a\":\"xy\"}]", "\x2d\x57\x3e\x17\x05\x06"],
    "framing": ["GET / HTTP/1.1\nHost: a\n\nPOST /a HTTP/1.1\nHost: a\nContent-Length: 5\n\nhe\nlo",
                "POST /a HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5;x=\"y\"\nhello\n0\nDigest: x\n\n",
                "GET http://a/ HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n\nearly", "OPTIONS * HTTP/1.0\nHost: a:80\n\n"],
    "files": ["permit (principal in Group::\"support\", action == Action::\"reveal\", resource in Class::\"contact\") when { context.purpose == \"x\" };",
              "listen: [{ address: 127.0.0.1:0 }]\nupstreams: { app: { url: http://127.0.0.1:1 } }\nvault: { memory: {} }\n"],
    "tokens": ["Alice.Doe+x@B\xc3\xbccher.example", "+49 (30) 123-456", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "::ffff:1.2.3.4",
               "1984-05-17", "ck1em8jc6thja36bdbfsqf67f7k8e@t.example", "e\xcc\x81 \xe2\x84\xab"],
    "keys": ['{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}',
             '{"version":1,"norm_version":1,"token":[]}', "log\n7\nAAAA\n\n\u2014 log AAAA\n", "log+00000000+AQAA"],
}

# Which bodies of tests/cases are of use to which target.
BODIES = {"json", "pairs", "cookies", "multipart", "xml", "csv", "records", "html", "plain", "codings"}


def sections(text):
    """The sections of a case: name and text."""
    found, name, lines = [], "", []
    for line in text.splitlines():
        if line.startswith("--- "):
            found.append((name, "\n".join(lines)))
            name, lines = line[4:], []
        else:
            lines.append(line)
    return [*found, (name, "\n".join(lines))]


def texts(target):
    """The texts of a target, as bytes."""
    for text in STRINGS[target]:
        # A letter is a byte, where all of them fit.
        yield text.encode("utf-8" if any(ord(letter) > 255 for letter in text) else "latin-1")
    files = sorted(p for folder in ("tests/cases", "rules", "tests/apps") for p in (ROOT / folder).rglob("*") if p.is_file())
    cases = [p.read_text() for p in files if p.suffix == ".case"]
    if target == "files":
        yield from (p.read_bytes() for p in files if p.suffix in (".case", ".yaml", ".cedar"))
    for name, text in (section for case in cases for section in sections(case)):
        if name not in ("client sends", "upstream answers", "upstream sees", "client sees"):
            continue
        head, _, body = text.partition("\n\n")
        if target == "framing" and name == "client sends":
            yield (text + "\n").encode()
        if target == "path" and len(head.split(" ")) > 2:
            yield head.split(" ")[1].partition("?")[0].encode()
        if target == "pairs" and "?" in head.split("\n")[0]:
            yield head.split("\n")[0].partition("?")[2].split(" ")[0].encode()
        if target in BODIES and body:
            yield body.encode()


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for text in dict.fromkeys(texts(target)):
        for first in range(4):
            name = hashlib.sha256(bytes([first]) + text).digest()
            dice = bytes([first]) + (name[: DICE - 1] if first else bytes(DICE - 1))
            (folder / name.hex()[:16]).write_bytes(dice + text)


main()
