"""CSV: dialects, header rows, byte order marks, titles, quotes."""

from suite.grammar.focus import Focus
from suite.grammar.spellings import spellings
from suite.message import Message
from suite.message import canary

TYPES = spellings(r'''
text/csv; charset=utf-8
text/csv; header=present
text/csv; header=absent
text/csv; charset=utf-16
text/tab-separated-values
application/csv
text/csv; delimiter=;
Text/CSV
text/csv;
text/csv; charset=utf-7
text/csv; x=y
text/plain
application/vnd.ms-excel
''')
LINES = (b"\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"\x0b", b"\xe2\x80\xa8")
SEPARATORS = (b";", b";", b"\t", b"|", b":", b" ", b", ", b" ,", b",,", b"^", b"~")
HEADERS = spellings(r'''
\x20email
email\x20
\temail
\xc2\xa0email
'email'
"email"
\x20"email"
"email"\x20
"email
email"
"em""ail"
""email""
Email
EMAIL
email\x00
\x00email
\xef\xbb\xbfemail
\xe2\x80\x8bemail
em\\ail
`email`
[email]
$.email
email:
=email
'email
#email
"\r\nemail"
"email\n"
e-mail
email.1
\x1aemail
''')
# What stands before the row of names.
BOM = b"\xef\xbb\xbf"
BEFORE = spellings(r'''
\xef\xbb\xbf
\xef\xbb\xbf\xef\xbb\xbf
sep=SEPLINE
\xef\xbb\xbfsep=SEPLINE
sep=;LINE
Report of the yearLINE
# commentLINE
LINE
LINELINE
\x20LINE
SEPSEPLINE
"\xef\xbb\xbf"
"sep=SEP"LINE
\x00
\x0c
aSEPbLINE
"twoLINElines"LINE
\xff\xfe
""LINE
LINELINELINE
''')


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
            odd = random.choice((b"", b"x", b'"a' + separator + b'b"', b'"', b'"a""b"', b'"a\\"b"', b'"a\\"', b'"a\\"', b"a\\"))
            cells.insert(random.randrange(len(cells) + 1), odd)
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
