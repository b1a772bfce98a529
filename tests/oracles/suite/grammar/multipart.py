"""Multipart forms: spellings of the boundary, of part heads, and of the lines between them."""

from suite.grammar import names
from suite.grammar.focus import Focus
from suite.grammar.spellings import spellings
from suite.message import Message
from suite.message import canary

NAMES = (b"email", b"email", b"email", b"user[email]", b"user.email", b"phones", b"phones[]", b"people", b"z")
ROWS = b"id,email\r\n1,%s\r\n"
TABLES = spellings(r'''
\xef\xbb\xbfid,email\r\n1,%s\r\n
id,"email"\r\n1,%s\r\n
id;email\r\n1;%s\r\n
id, email\r\n1,%s\r\n
id,Email\r\n1,%s\r\n
title\r\nid,email\r\n1,%s\r\n
''')
DELIMITERS = (b"--x ", b"--x\t", b"--xx", b"---x", b" --x", b"--x--", b"\n--x", b"\r--x", b"x")
FILES = (b"people", b"PEOPLE", b"people[]", b"people[0]", b" people")
FILENAMES = spellings(r'''
filename="p.csv"
filename=p.csv
filename*=utf-8''p.csv
filename=""
FILENAME="p.csv"
filename
''')
BETWEEN = (b"; ", b"; ", b"; ", b"; ", b";", b" ;", b",", b" ", b";\t", b"; ; ", b";\r\n ", b";\n", b"\0; ")
SPOILT = spellings(r'''
\x20%s
%s\x20
%s\t
%s\x00
%s\x00x
\\%s
%s\\
%s\\"
%22%s
%s%00
%s[]
[%s]
a/%s
a\\%s
&#101;%s
\xef\xbb\xbf%s
%s;
%s; x
=%s
x\\/%s
''')
KINDS = spellings(r'''
Multipart/Form-Data
multipart/mixed
multipart/related
multipart/form-data,text/plain
multipart/form-data\x20
multipart/form-data\t
''')
BOUNDARY = spellings(r'''
Boundary=
boundary =
boundary=\x20
\x20boundary=
boundary*=utf-8''
boundary*0=
xboundary=
x-boundary=
a="b"; boundary=
charset=utf-8; boundary=
charset=utf-7; boundary=
charset=utf-16; boundary=
charset=latin1;boundary=
boundary:
\tboundary=
''')
QUOTED = (b'"%s"', b'"%s" ', b"%s;", b"%s,", b"'%s'", b'"%s', b'%s"', b'"\\%s"', b"%s x", b"%s;x", b'"%s"x', b" %s")
SECOND = spellings(r'''
; boundary="y"
; boundary=y
; boundary*=utf-8''y
; boundary*0=y
; xboundary=y
; BOUNDARY=y
; a="; boundary=y"
; a=boundary=y
, boundary=y
; a='; boundary=y'
; a="\\"; boundary=y
; boundary
;boundary=y
; a=b boundary=y
; a="\\"; boundary=y; b="
''')
FIELDS = spellings(r'''
Content-Type: text/plain
Content-Type: text/plain; charset=utf-8
Content-Type: text/plain; charset=utf-16
Content-Type: text/plain; charset=utf-7
Content-Type: application/json
Content-Type: text/csv
Content-Type: multipart/mixed; boundary=y
Content-Type: application/octet-stream
Content-Transfer-Encoding: quoted-printable
Content-Transfer-Encoding: base64
Content-Transfer-Encoding: 8bit
Content-Length: 3
X-A: b
Content-Disposition: form-data; name=email
name: email
\x20name="email"
\tx
Content-Disposition:form-data;name="email"
Content-Disposition : form-data; name="email"
X
:
Content-Type
X: \x00
Content-Id: <a>
Content-Encoding: gzip
X: a\nContent-Disposition: form-data; name=email
X: a\rContent-Disposition: form-data; name=email
''')


def multipart(random):
    focus = Focus(random, "type", "lines", "head", "disposition", "disposition", "name", "name", "file")
    boundary = focus.pick("type", b"x", (b"x", b"xx", b"----WebKitFormBoundary7MA4", b"a b", b"x:y", b"0x", b"'x'", b"x" * 71))
    declared, others = content_type(focus, boundary)
    numbers = iter(range(90))
    body = parts(focus, boundary, numbers)
    for other in others:
        # A reader that takes another boundary must find something to read there.
        body = parts(focus, other, numbers) + body if random.random() < 0.5 else body + parts(focus, other, numbers)
    if focus.odd("lines", 0.2):
        body = random.choice((b"preamble\r\n", b"\r\n", b"\n", b" ", b"\r\n\r\n", b"--\r\n")) + body
    if focus.odd("lines", 0.2):
        body += random.choice((b"epilogue", b"\r\n", b"--" + boundary + b"\r\n" + part(focus, next(numbers)), b"\n", b"\0"))
    route = random.choice(("multipart", "multipart", "multipart", "multipart-deep", "any"))
    headers = [(b"Content-Type", declared)]
    if focus.odd("type", 0.04):
        headers.append((b"Content-Type", b"multipart/form-data; boundary=y"))
    return Message("multipart", route, headers=tuple(headers), body=body)


def content_type(focus, boundary):
    """The media type, and boundaries that it names beside the first."""
    random = focus.random
    plain = b'"' + boundary + b'"' if b" " in boundary or b":" in boundary else boundary
    kind = b"multipart/form-data"
    if not focus.odd("type", 0.9):
        return kind + b"; boundary=" + plain, []
    kind = random.choice((kind, kind, kind, kind, kind, *KINDS))
    quoted = random.choice((plain, plain, plain, *(way.replace(b"%s", boundary) for way in QUOTED)))
    spelled = b"; " + random.choice((b"boundary=", b"boundary=", *BOUNDARY)) + quoted
    second = random.choice((b"", b"", b"", *SECOND))
    both = spelled + second if random.random() < 0.7 else second + spelled
    return kind + both, [b"y"] if second else []


def parts(focus, boundary, numbers):
    random = focus.random
    line = focus.pick("lines", b"\r\n", (b"\n", b"\r"), 0.2)
    made = b""
    for _ in range(random.choice((1, 1, 2, 3))):
        delimiter = b"--" + boundary
        if focus.odd("lines", 0.2):
            delimiter = random.choice(DELIMITERS).replace(b"--x", delimiter)
        made += delimiter + line + part(focus, next(numbers)).replace(b"\r\n", line)
    return made + b"--" + boundary + focus.pick("lines", b"--\r\n", (b"--", b"", b"-- \r\n", b"\r\n", b"--x"), 0.3)


def part(focus, number):
    random = focus.random
    head = [disposition(focus)]
    if focus.odd("head", 0.8):
        head.append(random.choice(FIELDS))
        if random.random() < 0.3:
            head.reverse()
    content = canary(number)
    if focus.odd("head", 0.05):
        content = content.decode().encode("utf-16-be")
    if b"filename" in head[0] and b"people" not in head[0].lower() and random.random() < 0.7:
        # A file that a program may take for a field.
        head = [head[0], random.choice((b"Content-Type: application/json", b"Content-Type: application/json", *FIELDS[:6]))]
        content = random.choice((b'{"email": "%s"}', b'{"user": {"email": "%s"}}', b"%s", b'"%s"', b'[{"email": "%s"}]')) % content
    elif b"filename" in head[0] or b"people" in head[0]:
        content = focus.pick("file", ROWS, TABLES) % content
    elif focus.odd("lines", 0.1):
        content = random.choice((b"{\"email\": \"%s\"}", b"\r\n%s", b"%s\r\n", b"--x%s", b"=%s", b"%s--")) % content
    return b"\r\n".join(head) + b"\r\n\r\n" + content + b"\r\n"


def disposition(focus):
    """`Content-Disposition`: where it is odd, most often with one thing wrong."""
    random = focus.random
    field = b"Content-Disposition: form-data"
    name = random.choice(NAMES)
    if focus.odd("name"):
        name = names.name(random).encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
    if focus.place == "file":
        name = random.choice((b"people", spoilt(random, b"people"), *FILES, *NAMES, b"user", b"data"))
        return field + b'; name="' + name + b'"; ' + random.choice((b'filename="p.csv"', b'filename="p.csv"', *FILENAMES))
    if not focus.odd("disposition", 0.9):
        return field + b'; name="' + name + b'"'
    field = random.choice((field, field, field, field, *DISPOSITIONS))
    between = random.choice((b"; ", b"; ", b"; ", *BETWEEN))
    key = random.choice((b"name=", b"name=", b"name=", b"name=", *KEYS))
    name = name if random.random() < 0.7 else spoilt(random, name)
    value = random.choice((b'"%s"', b'"%s"', b'"%s"', b"%s", *VALUES)).replace(b"%s", name)
    extra = random.choice((b"", b"", b"", b"", *EXTRA))
    parameter = between + key + value
    return field + (parameter + extra if random.random() < 0.6 else extra + parameter)


DISPOSITIONS = spellings(r'''
content-disposition: form-data
Content-Disposition: FORM-DATA
Content-Disposition:form-data
Content-Disposition: attachment
Content-Disposition: inline
Content-Disposition : form-data
Content-Disposition:\tform-data
Content-Disposition: form-data,x
Content-Disposition: x
Content-Disposition:
Content-Disposition: form-data;\r\n
Content-Disposition: "form-data"
''')
KEYS = spellings(r'''
NAME=
name =
name=\x20
name*=
name*0=
name*0*=
\x20name=
xname=
na\\me=
"name"=
name:
filename=a;name=
name\t=
''')
VALUES = spellings(r'''
%s
'%s'
"%s
%s"
"%s""
""%s""
" %s"
"%s "
"%s\\"
utf-8''%s
UTF-8'en'%s
"utf-8''%s"
"=?utf-8?q?%s?="
"\\%s"
"%s"x
%s x
''')
EXTRA = spellings(r'''
; filename=""
; filename=
; filename
; filename*=utf-8''a
; name="z"
; name=z
; a="; name=email"
; a="\\"; name=email
; a='; name=email'
; name*=utf-8''email
; name*0=e; name*1=mail
; filename="a"; name="email"
; filename="a\\"; name="email"
; charset=utf-7
; x
;
; name
; a="\\\\"; name=email
; a="b"c"; name=email
''')


def spoilt(random, name):
    """A name with something that parsers take off, decode or stop at."""
    way = random.choice(SPOILT)
    return way.replace(b"%s", name)
