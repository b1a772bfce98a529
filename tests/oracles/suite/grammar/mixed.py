"""Bodies under a media type that is not theirs."""

from dataclasses import replace

from suite.grammar import documents
from suite.grammar import forms
from suite.grammar import multipart
from suite.grammar import tables
from suite.grammar.spellings import spellings

MAKERS = (forms.form, multipart.multipart, tables.csv, documents.json)
TYPES = (b"", *spellings(r'''
application/x-www-form-urlencoded
multipart/form-data; boundary=x
text/csv
application/json
text/plain
application/octet-stream
application/x-ndjson
application/xml
'''))


def mixed(random):
    message = random.choice(MAKERS)(random)
    kind = random.choice(TYPES)
    route = random.choice((message.route, "any", "form", "json", "multipart"))
    return replace(message, route=route, headers=((b"Content-Type", kind),) if kind else ())
