"""CSV: dialects, header rows, byte order marks, titles, quotes."""

from suite.grammar.focus import Focus
from suite.message import Message
from suite.message import canary

TYPES = (
    b"text/csv; charset=utf-8", b"text/csv; header=present", b"text/csv; header=absent", b"text/csv; charset=utf-16", b"text/tab-separated-values", b"application/csv",
    b"text/csv; delimiter=;", b"Text/CSV", b"text/csv;", b"text/csv; charset=utf-7", b"text/csv; x=y", b"text/plain", b"application/vnd.ms-excel",
)
LINES = (b"\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"\x0b", b"\xe2\x80\xa8")
SEPARATORS = (b";", b";", b"\t", b"|", b":", b" ", b", ", b" ,", b",,", b"^", b"~")
HEADERS = (
    b" email", b"email ", b"\temail", b"\xc2\xa0email", b"'email'", b'"email"', b' "email"', b'"email" ', b'"email', b'email"', b'"em""ail"', b'""email""', b"Email", b"EMAIL", b"email\0", b"\0email", b"\xef\xbb\xbfemail",
    b"\xe2\x80\x8bemail", b"em\\ail", b"`email`", b"[email]", b"$.email", b"email:", b"=email", b"'email", b"#email", b'"\r\nemail"', b'"email\n"', b"e-mail", b"email.1", b"\x1aemail",
)
# What stands before the row of names.
BOM = b"\xef\xbb\xbf"
BEFORE = (
    BOM, BOM, BOM + BOM, b"sep=SEPLINE", BOM + b"sep=SEPLINE", b"sep=;LINE", b"Report of the yearLINE", b"# commentLINE", b"LINE", b"LINELINE", b" LINE", b"SEPSEPLINE",
    b'"' + BOM + b'"', b'"sep=SEP"LINE', b"\0", b"\x0c", b"aSEPbLINE", b'"twoLINElines"LINE', b"\xff\xfe", b'""LINE',
)


def csv(random):
    focus = Focus(random, "type", "separator", "lines", "header", "header", "before", "cells")
    kind = focus.pick("type", b"text/csv", TYPES)
    return Message("csv", random.choice(("csv", "csv", "csv", "any")), headers=((b"Content-Type", kind),), body=table(focus))


def table(focus):
    random = focus.random
    separator = focus.pick("separator", b",", SEPARATORS)
    line = focus.pick("lines", b"\r\n", LINES)
    columns = [b"id", focus.pick("header", b"email", HEADERS), b"note"]
    random.shuffle(columns)
    columns = columns[random.choice((0, 0, 0, 1)) :]
    first = b""
    if focus.odd("before", 0.9):
        first = random.choice(BEFORE).replace(b"LINE", line).replace(b"SEP", separator)
    body = first + row(focus, columns, separator) + line
    if focus.odd("before", 0.1):
        body += random.choice((line, b"#" + line, separator + line, row(focus, columns, separator) + line))
    for number in range(random.choice((1, 1, 2, 3))):
        cells = [canary(number) if b"m" in column.lower() else b"x" for column in columns]
        if focus.odd("cells", 0.3):
            cells.insert(random.randrange(len(cells) + 1), random.choice((b"", b"x", b'"a' + separator + b'b"', b'"', b'"a""b"', b'"a\\"b"')))
        if focus.odd("cells", 0.1):
            cells = cells[1:]
        body += row(focus, cells, separator) + line
    if focus.odd("type", 0.1):
        body = body.decode("latin-1").encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32")))
    return body


def row(focus, cells, separator):
    if not focus.odd("cells", 0.4):
        return separator.join(cells)
    wrap = focus.random.choice((b'"', b'"', b'"', b"'", b"`", b"|"))
    return separator.join(wrap + cell + wrap if focus.random.random() < 0.6 else cell for cell in cells)
