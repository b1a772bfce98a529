"""Werkzeug, Django, Starlette (python-multipart), WTForms and the standard library, as readers.

A line of standard input is a message, a line of standard output is what each reader made of it:
`{"query": {READER: TREE}, "cookie": {…}, "header": {…}, "body": {…}}`. A reader that refuses a message has no tree.
"""

import base64
import csv
import io
import json
import sys
import urllib.parse
from http.cookies import SimpleCookie

import django
import json5
from django import forms
from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from starlette.formparsers import FormParser
from starlette.formparsers import MultiPartParser
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from werkzeug.wrappers import Request
from wtforms import Form
from wtforms import FieldList
from wtforms import FormField
from wtforms import StringField

settings.configure(DATA_UPLOAD_MAX_NUMBER_FIELDS=None, USE_I18N=False, ALLOWED_HOSTS=["*"])
django.setup()


def environ(message):
    """The WSGI environment that a server makes of the message (PEP 3333)."""
    path, _, query = message["target"].partition("?")
    made = {
        "REQUEST_METHOD": message["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(message["bytes"]),
        "CONTENT_LENGTH": str(len(message["bytes"])),
    }
    for name, value in message["headers"]:
        # RFC 3875, section 4.1.18.
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        made[key] = value
    return made


def lists(pairs):
    """A tree of namesakes: what `getlist` of these frameworks gives."""
    tree = {}
    for name, value in pairs:
        tree.setdefault(str(name), []).append(value if isinstance(value, str) else None)
    return tree


# -- names and bodies of forms


def werkzeug_query(message):
    return lists(Request(environ(message)).args.items(multi=True))


def werkzeug_body(message):
    request = Request(environ(message))
    request.max_form_parts = None
    tree = lists(request.form.items(multi=True))
    for name, file in request.files.items(multi=True):
        tree.setdefault(name, []).extend(rows(file.read()) if name == "people" else [])
    return tree


def django_query(message):
    return lists((name, value) for name, values in WSGIRequest(environ(message)).GET.lists() for value in values)


def django_post(message):
    request = WSGIRequest(environ(message))
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    return request.POST, request.FILES


def django_body(message):
    post, files = django_post(message)
    tree = lists((name, value) for name, values in post.lists() for value in values)
    for name in files:
        for file in files.getlist(name):
            tree.setdefault(name, []).extend(rows(file.read()) if name == "people" else [])
    return tree


class Person(forms.Form):
    email = forms.CharField(required=False)


def django_forms(message):
    """What Django's forms read: a prefix stands before a hyphen, a set of forms is numbered."""
    post, _ = django_post(message)
    return {
        "email": Person(post)["email"].value(),
        "user": {"email": Person(post, prefix="user")["email"].value()},
        "users": [{"email": Person(post, prefix=f"users-{number}")["email"].value()} for number in range(3)],
        "form": [{"email": Person(post, prefix=f"form-{number}")["email"].value()} for number in range(3)],
    }


class Inner(Form):
    email = StringField()


class Outer(Form):
    email = StringField()
    user = FormField(Inner)
    phones = FieldList(StringField())
    users = FieldList(FormField(Inner))


def wtforms(message):
    request = Request(environ(message))
    return Outer(request.form).data


def complete(coroutine):
    """Runs a coroutine that never waits, because its input is all there."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("it waits")


async def whole(body):
    yield body


def starlette_body(message):
    headers = Headers(raw=[(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in message["headers"]])
    kind = headers.get("content-type", "")
    parser = MultiPartParser if "multipart/form-data" in kind else FormParser
    form = complete(parser(headers, whole(message["bytes"])).parse())
    tree = lists((name, value) for name, value in form.multi_items() if isinstance(value, str))
    for name, value in form.multi_items():
        if not isinstance(value, str) and name == "people":
            tree.setdefault(name, []).extend(rows(value.file.read()))
    return tree


def starlette_query(message):
    from starlette.datastructures import QueryParams

    return lists(QueryParams(message["target"].partition("?")[2]).multi_items())


def parse_qs(text):
    return urllib.parse.parse_qs(text, keep_blank_values=True)


# -- cookies


def simple_cookie(message):
    return {name: morsel.value for name, morsel in SimpleCookie(cookie_line(message)).items()}


def cookie_line(message):
    return "; ".join(value for name, value in message["headers"] if name.lower() == "cookie")


# -- CSV


def text_of(data):
    return data.decode("utf-8-sig", errors="replace")


def rows(data):
    """Rows as a program reads them that knows its dialect."""
    return list(csv.DictReader(io.StringIO(text_of(data), newline="")))


def sniffed(data):
    """Rows as a program reads them that asks the file for its dialect."""
    text = text_of(data)
    dialect = csv.Sniffer().sniff(text[:1024])
    return list(csv.DictReader(io.StringIO(text, newline=""), dialect=dialect))


def trimmed(data):
    reader = csv.DictReader(io.StringIO(text_of(data), newline=""), skipinitialspace=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or []]
    return list(reader)


# -- which readers read what

QUERY = {
    "werkzeug": werkzeug_query,
    "django": django_query,
    "starlette": starlette_query,
    "parse_qs": lambda m: parse_qs(m["target"].partition("?")[2]),
}
COOKIE = {
    "werkzeug": lambda m: lists(Request(environ(m)).cookies.items(multi=True)),
    "django": lambda m: dict(WSGIRequest(environ(m)).COOKIES),
    "starlette": lambda m: cookie_parser(cookie_line(m)),
    "http.cookies": simple_cookie,
}
HEADER = {
    "werkzeug": lambda m: {"x-user-email": Request(environ(m)).headers.get("X-User-Email")},
    "django": lambda m: {"x-user-email": WSGIRequest(environ(m)).headers.get("X-User-Email")},
}
FORM = {
    "werkzeug": werkzeug_body,
    "django": django_body,
    "django-forms": django_forms,
    "wtforms": wtforms,
    "starlette": starlette_body,
}
JSON = {"json": lambda m: json.loads(m["bytes"]), "json5": lambda m: json5.loads(m["bytes"].decode("utf-8"))}
CSV = {
    "csv": lambda m: rows(m["bytes"]),
    "csv-sniffer": lambda m: sniffed(m["bytes"]),
    "csv-trimmed": lambda m: trimmed(m["bytes"]),
}
BODY = {
    "form": {**FORM, **JSON, "parse_qs": lambda m: parse_qs(m["bytes"].decode("utf-8"))},
    "multipart": {**FORM, **JSON},
    "json": {**JSON, **FORM},
    "csv": {**CSV, **JSON, **FORM},
}


def read(readers, message):
    trees = {}
    for name, reader in readers.items():
        try:
            trees[name] = reader(message)
        except Exception:  # a reader that refuses has read nothing, whatever it raises
            pass
    return trees


def main():
    print(json.dumps({"versions": versions()}), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        message["bytes"] = base64.b64decode(message["body"])
        answer = {
            "query": read(QUERY, message),
            "cookie": read(COOKIE, message),
            "header": read(HEADER, message),
            "body": read(BODY.get(message["kind"], {}), message),
        }
        print(json.dumps(answer, default=str), flush=True)


def versions():
    import importlib.metadata

    names = ("Werkzeug", "Django", "starlette", "python-multipart", "WTForms", "json5")
    return "Python " + sys.version.split()[0] + ", " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


if __name__ == "__main__":
    main()
