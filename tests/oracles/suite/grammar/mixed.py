"""Bodies under a media type that is not theirs."""

from dataclasses import replace

from suite.grammar import documents
from suite.grammar import forms
from suite.grammar import multipart
from suite.grammar import tables

MAKERS = (forms.form, multipart.multipart, tables.csv, documents.json)
TYPES = (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"text/csv", b"application/json", b"text/plain", b"application/octet-stream", b"", b"application/x-ndjson", b"application/xml")


def mixed(random):
    message = random.choice(MAKERS)(random)
    kind = random.choice(TYPES)
    route = random.choice((message.route, "any", "form", "json", "multipart"))
    return replace(message, route=route, headers=((b"Content-Type", kind),) if kind else ())
