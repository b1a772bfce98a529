"""Multipart forms: spellings of the boundary, of part heads, and of the lines between them."""

from suite.grammar import names
from suite.grammar.focus import Focus
from suite.message import Message
from suite.message import canary

NAMES = (b"email", b"email", b"email", b"user[email]", b"user.email", b"phones", b"phones[]", b"people", b"z")
ROWS = b"id,email\r\n1,%s\r\n"


KINDS = (b"Multipart/Form-Data", b"multipart/mixed", b"multipart/related", b"multipart/form-data,text/plain", b"multipart/form-data ", b"multipart/form-data\t")
BOUNDARY = (
    b"Boundary=", b"boundary =", b"boundary= ", b" boundary=", b"boundary*=utf-8''", b"boundary*0=", b"xboundary=", b"x-boundary=", b'a="b"; boundary=',
    b"charset=utf-8; boundary=", b"charset=utf-7; boundary=", b"charset=utf-16; boundary=", b"charset=latin1;boundary=", b"boundary:", b"\tboundary=",
)
QUOTED = (b'"%s"', b'"%s" ', b"%s;", b"%s,", b"'%s'", b'"%s', b'%s"', b'"\\%s"', b"%s x", b"%s;x", b'"%s"x', b" %s")
SECOND = (
    b'; boundary="y"', b"; boundary=y", b"; boundary*=utf-8''y", b"; boundary*0=y", b"; xboundary=y", b"; BOUNDARY=y", b'; a="; boundary=y"', b"; a=boundary=y", b", boundary=y",
    b"; a='; boundary=y'", b'; a="\\"; boundary=y', b"; boundary", b";boundary=y", b"; a=b boundary=y", b'; a="\\"; boundary=y; b="',
)
FIELDS = (
    b"Content-Type: text/plain", b"Content-Type: text/plain; charset=utf-8", b"Content-Type: text/plain; charset=utf-16", b"Content-Type: text/plain; charset=utf-7", b"Content-Type: application/json", b"Content-Type: text/csv",
    b"Content-Type: multipart/mixed; boundary=y", b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 8bit",
    b"Content-Length: 3", b"X-A: b", b"Content-Disposition: form-data; name=email", b"name: email", b" name=\"email\"", b"\tx", b"Content-Disposition:form-data;name=\"email\"",
    b"Content-Disposition : form-data; name=\"email\"", b"X", b":", b"Content-Type", b"X: \0", b"Content-Id: <a>", b"Content-Encoding: gzip", b"X: a\nContent-Disposition: form-data; name=email", b"X: a\rContent-Disposition: form-data; name=email",
)


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
    spelled = b"; " + random.choice((b"boundary=", b"boundary=", *BOUNDARY)) + random.choice((plain, plain, plain, *(way.replace(b"%s", boundary) for way in QUOTED)))
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
            delimiter = random.choice((delimiter + b" ", delimiter + b"\t", delimiter + b"x", b"-" + boundary, b" " + delimiter, delimiter + b"--", b"\n" + delimiter, b"\r" + delimiter, boundary))
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
    if b"filename" in head[0] or b"people" in head[0]:
        content = focus.pick("file", ROWS, (b"\xef\xbb\xbf" + ROWS, ROWS.replace(b"email", b'"email"'), ROWS.replace(b",", b";"), ROWS.replace(b"email", b" email"), ROWS.replace(b"email", b"Email"), b"title\r\n" + ROWS)) % content
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
        name = random.choice((b"people", b"people", spoilt(random, b"people"), b"PEOPLE", b"people[]", b"people[0]", b" people"))
        return field + b'; name="' + name + b'"; ' + random.choice((b'filename="p.csv"', b'filename="p.csv"', b'filename="p.csv"', b"filename=p.csv", b"filename*=utf-8''p.csv", b'filename=""', b'FILENAME="p.csv"', b"filename"))
    if not focus.odd("disposition", 0.9):
        return field + b'; name="' + name + b'"'
    field = random.choice((field, field, field, field, *DISPOSITIONS))
    between = random.choice((b"; ", b"; ", b"; ", b"; ", b";", b" ;", b",", b" ", b";\t", b"; ; ", b";\r\n ", b";\n", b"\0; "))
    key = random.choice((b"name=", b"name=", b"name=", b"name=", *KEYS))
    value = random.choice((b'"%s"', b'"%s"', b'"%s"', b"%s", *VALUES)).replace(b"%s", name if random.random() < 0.7 else spoilt(random, name))
    extra = random.choice((b"", b"", b"", b"", *EXTRA))
    parameter = between + key + value
    return field + (parameter + extra if random.random() < 0.6 else extra + parameter)


DISPOSITIONS = (
    b"content-disposition: form-data", b"Content-Disposition: FORM-DATA", b"Content-Disposition:form-data", b"Content-Disposition: attachment", b"Content-Disposition: inline", b"Content-Disposition : form-data",
    b"Content-Disposition:\tform-data", b"Content-Disposition: form-data,x", b"Content-Disposition: x", b"Content-Disposition:", b"Content-Disposition: form-data;\r\n", b"Content-Disposition: \"form-data\"",
)
KEYS = (b"NAME=", b"name =", b"name= ", b"name*=", b"name*0=", b"name*0*=", b" name=", b"xname=", b"na\\me=", b'"name"=', b"name:", b"filename=a;name=", b"name\t=")
VALUES = (b"%s", b"'%s'", b'"%s', b'%s"', b'"%s""', b'""%s""', b'" %s"', b'"%s "', b'"%s\\"', b"utf-8''%s", b"UTF-8'en'%s", b'"utf-8\'\'%s"', b'"=?utf-8?q?%s?="', b'"\\%s"', b'"%s"x', b"%s x")
EXTRA = (
    b'; filename=""', b"; filename=", b"; filename", b"; filename*=utf-8''a", b'; name="z"', b"; name=z", b'; a="; name=email"', b'; a="\\"; name=email', b"; a='; name=email'", b"; name*=utf-8''email", b"; name*0=e; name*1=mail",
    b'; filename="a"; name="email"', b'; filename="a\\"; name="email"', b"; charset=utf-7", b"; x", b";", b'; name', b'; a="\\\\"; name=email', b'; a="b"c"; name=email',
)


def spoilt(random, name):
    """A name with something that parsers take off, decode or stop at."""
    way = random.choice((b" %s", b"%s ", b"%s\t", b"%s\0", b"%s\0x", b"\\%s", b"%s\\", b'%s\\"', b"^22%s", b"%s^00", b"%s[]", b"[%s]", b"a/%s", b"a\\%s", b"&#101;%s", b"\xef\xbb\xbf%s", b"%s;", b"%s; x", b"=%s", b"x\\/%s"))
    return way.replace(b"%s", name).replace(b"^", b"%")
