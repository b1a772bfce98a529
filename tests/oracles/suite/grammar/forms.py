"""Messages whose fields stand in a form, a query or cookies."""

from suite.grammar import names
from suite.grammar.spellings import spellings
from suite.message import Message
from suite.message import canary

TYPES = spellings(r'''
application/x-www-form-urlencoded; charset=UTF-8
application/x-www-form-urlencoded;charset=utf-8
Application/X-WWW-Form-UrlEncoded
application/x-www-form-urlencoded; charset=iso-8859-1
application/x-www-form-urlencoded; charset=utf-16
application/x-www-form-urlencoded; charset=utf-7
application/x-www-form-urlencoded; charset=cp037
application/x-www-form-urlencoded; x=y
application/x-www-form-urlencoded,application/json
application/x-www-form-urlencoded ;\x20
\x20application/x-www-form-urlencoded
text/plain
application/json
''')

# Of cookies: other pairs, separators, values.
OTHERS = (b"", *spellings(r'''
a=b
a="b
a=b"
a="b\\"
$Version=1
$Path=/
a
=
=a
a="
a=b c
a='b
'''))
SEPARATORS = (b";", b", ", b",", b" ", b";  ", b";;", b"\t", b"&", b";\t")
VALUES = spellings(r'''
"%s"
"%s
%s"
"x; email=%s"
"x\\"; email=%s
x, email=%s
x email=%s
{%s}
=%s
[%s
''')
# Of header fields.
LINES = (b"%s", b"%s", b"%s", b'"%s"', b"a, %s", b"<%s>", b" %s", b"\t%s ", b"", b"=?utf-8?q?%s?=")


def form(random):
    kind = b"application/x-www-form-urlencoded" if random.random() < 0.85 else random.choice(TYPES)
    route = random.choice(("form", "form", "form", "form-deep", "form-positions", "any"))
    body = names.positions(random) if route == "form-positions" else names.pairs(random)
    return Message("form", route, headers=((b"Content-Type", kind),), body=body)


def query(random):
    route = random.choice(("query", "query", "query-deep", "query-positions"))
    text = names.positions(random) if route == "query-positions" else names.pairs(random)
    # What no client can put into a request line is written in percent.
    text = b"".join(bytes([byte]) if 0x20 < byte < 0x7F and byte != 0x23 else b"%%%02X" % byte for byte in text)
    return Message("query", route, query=text)


def cookie(random):
    pairs = []
    for number in range(random.choice((1, 1, 2, 3))):
        equals = random.choice((b"=", b"=", b"=", b"=", b" = ", b"= "))
        pairs.append(names.name(random).encode("latin-1", "replace") + equals + cookie_value(random, number))
        if random.random() < 0.3:
            pairs.append(random.choice(OTHERS))
    random.shuffle(pairs)
    separator = b"; " if random.random() < 0.75 else random.choice(SEPARATORS)
    line = separator.join(pairs)
    headers = [(b"Cookie", line)]
    if random.random() < 0.05:
        headers.append((random.choice((b"Cookie", b"cookie", b"Cookie2")), b"email=" + canary(9)))
    return Message("cookie", "cookie", headers=tuple(headers))


def cookie_value(random, number):
    text = canary(number)
    if random.random() < 0.75:
        return text
    return random.choice(VALUES).replace(b"%s", text)


def header(random):
    """A field of the head: CGI makes one name of several (RFC 3875, section 4.1.18)."""
    headers = []
    for number in range(random.choice((1, 1, 2))):
        name = random.choice(("X-User-Email", "x-user-email", "X-USER-EMAIL"))
        for _ in range(random.choice((0, 1, 1, 2))):
            at = random.randrange(len(name))
            if name[at] == "-" or random.random() < 0.3:
                name = name[:at] + random.choice("_-.~!$%&'*+^`|#") + name[at + 1 :]
            else:
                name = name[:at] + name[at].swapcase() + name[at + 1 :]
        value = random.choice((b"%s", b"%s", *LINES)).replace(b"%s", canary(number))
        headers.append((name.encode(), value))
    return Message("header", "header", headers=tuple(headers))
