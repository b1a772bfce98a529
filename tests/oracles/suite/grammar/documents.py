"""JSON: keys and their escapes, namesakes, and what lenient readers let pass."""

from suite.grammar.focus import Focus
from suite.grammar.spellings import spellings
from suite.message import Message
from suite.message import canary

TYPES = (b"", *spellings(r'''
application/json; charset=utf-8
application/json; charset=utf-16
application/json; charset=utf-7
text/json
application/vnd.api+json
Application/JSON
application/json;
application/json; x=y
application/json, text/plain
text/plain
application/x-json
application/json5
application/javascript
application/x-www-form-urlencoded
multipart/form-data; boundary=x
'''))
SPACE = (b" ", b"\r\n", b"\t", b"/**/", b"//x\n", b"#x\n", b"\xc2\xa0", b"\x0c", b"\0", b"\xef\xbb\xbf", b"\x1e", b",")

BEFORE = spellings(r'''
\xef\xbb\xbf
)]}',\n
for(;;);
{}
[]
null\n
1\x20
\xff\xfe
/*x*/
//x\n
#x\n
\x1e
data:\x20
a=
(
\x00
--x\r\n
\r\n\r\n
''')
BEHIND = (b"\n", b"{}", b"\0", b"x", b",", b"//", b"/*", b";", b")", b"}", b"]")
TEXTS = (b"'%s'", b'"%s', b'"\\\n%s"', b'"\\x41%s"', b'"%s\0"')


def json(random):
    focus = Focus(random, "type", "around", "keys", "keys", "space", "texts", "brackets", "namesakes")
    kind = focus.pick("type", b"application/json", TYPES)
    headers = ((b"Content-Type", kind),) if kind else ()
    name = random.choice(("json", "json", "json-fold", "any"))
    return Message("fold" if name == "json-fold" else "json", name, headers=headers, body=document(focus))


def document(focus):
    random = focus.random
    writer = Writer(focus)
    body = writer.top()
    if focus.odd("around", 0.6):
        body = random.choice(BEFORE) + body
    if focus.odd("around", 0.4):
        body += random.choice((*BEHIND, b"\n" + writer.top()))
    if focus.odd("type", 0.2):
        body = body.decode("latin-1").encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7")))
    return body


class Writer:
    """Writes one document; every text in it is another canary."""

    def __init__(self, focus):
        self.focus, self.random, self.number = focus, focus.random, 0

    def top(self):
        shapes = [self.random.randrange(5) for _ in range(self.random.choice((1, 1, 2, 3)))]
        if not self.focus.odd("namesakes", 0.9):
            shapes = sorted(set(shapes))
        return self.object([self.member(shape) for shape in shapes])

    def object(self, members):
        made = b"{" + self.space() + (b"," + self.space()).join(members) + self.space() + b"}"
        return made if not self.focus.odd("brackets", 0.4) else made[:-1] + self.random.choice((b",}", b",}", b"", b"]", b"}}", b";}"))

    def member(self, shape):
        if shape == 0:
            return self.pair(b"email", self.text())
        if shape == 1:
            return self.pair(b"user", self.inner())
        if shape == 2:
            return self.pair(b"phones", self.random.choice((b"%s", b"[%s]", b"[[%s]]", b'{"0":%s}')) % self.text())
        if shape == 3:
            return self.pair(b"users", b"[" + self.inner() + b"]")
        return self.pair(b"a", self.focus.pick("texts", b"1", VALUES))

    def inner(self):
        twice = self.focus.odd("namesakes", 0.5)
        return self.object([self.pair(b"email", self.text()) for _ in range(2 if twice else 1)])

    def pair(self, name, value):
        colon = self.focus.pick("brackets", b":", (b"=", b"=>", b";"), 0.05)
        return self.key(name) + self.space() + colon + self.space() + value

    def key(self, name):
        random = self.random
        if not self.focus.odd("keys"):
            return b'"' + name + b'"'
        at = random.randrange(len(name))
        what = random.randrange(4)
        if what == 0:
            escaped = random.choice((b"\\u%04x", b"\\u%04X", b"\\x%02x", b"\\U%04x", b"\\u{%x}", b"\\%03o")) % name[at]
            return b'"' + name[:at] + escaped + name[at + 1 :] + b'"'
        if what == 1:
            return random.choice((b"'%s'", b"%s", b"`%s`", b'""%s""', b'"%s', b"\xe2\x80\x9c%s\xe2\x80\x9d")) % name
        if what == 2:
            capital = name[:at] + name[at : at + 1].upper() + name[at + 1 :]
            others = name.replace(b"i", b"\xc4\xb1"), name.replace(b"s", b"\xc5\xbf"), name.replace(b"e", b"e_")
            return b'"' + random.choice((name.upper(), name.title(), capital, *others)) + b'"'
        return b'"' + random.choice(SPOILT) % name + b'"'

    def text(self):
        self.number += 1
        text = canary(self.number)
        if self.focus.odd("texts", 0.3):
            text = b"\\u%04x" % text[0] + text[1:]
        return self.focus.pick("texts", b'"%s"', TEXTS, 0.15) % text

    def space(self):
        return self.random.choice(SPACE) if self.focus.odd("space", 0.3) else b""


VALUES = spellings(r'''
NaN
'x'
undefined
0x1
01
+1
.5
"\\ud800"
1e999
"a\nb"
"\\x41"
-Infinity
"\xff"
True
1.
"[[[[[[[[[[[[[[[[[[[["
''')
SPOILT = spellings(r'''
\x20%s
%s\x20
%s\\u0000
\\u0000%s
%s\x00
\\ufeff%s
\\%s
%s\\
\\ud800%s
%s\\t
%s\xff
%s\n
\\/%s
''')
