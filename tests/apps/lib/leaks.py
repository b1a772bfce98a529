"""Looks for clear values in what an application keeps, in every spelling that hides one from `grep`."""

import base64
import bisect
import hashlib
import html
import json
import os
import quopri
import re
import subprocess
import tempfile
import urllib.parse
from pathlib import Path


def spellings(value):
    """The ways a text may lie in a file, as (name, bytes, whether letter case counts)."""
    raw = value.encode()
    forms = {
        "raw": raw,
        "percent": urllib.parse.quote(value, safe="").encode(),
        "form": urllib.parse.quote_plus(value).encode(),
        "json": json.dumps(value)[1:-1].encode(),
        "json twice": json.dumps(json.dumps(value)[1:-1])[1:-1].encode(),
        "json with slashes": json.dumps(value)[1:-1].replace("/", "\\/").encode(),
        "html": html.escape(value).encode(),
        "html, apostrophe as number": html.escape(value).replace("&#x27;", "&#039;").encode(),
        "xml numbers": "".join(c if c.isascii() else f"&#{ord(c)};" for c in html.escape(value)).encode(),
        "quoted-printable": quopri.encodestring(raw, quotetabs=False),
        "utf-16": value.encode("utf-16-le"),
        "hex": raw.hex().encode(),
    }
    try:
        forms["latin-1"] = value.encode("latin-1")
    except UnicodeEncodeError:
        pass
    for name in ("md5", "sha1", "sha256"):
        forms[name] = hashlib.new(name, raw.lower()).hexdigest().encode()
        forms[name + " as written"] = hashlib.new(name, raw).hexdigest().encode()
    out = [(name, form.lower(), False) for name, form in forms.items()]
    for shift in range(3):
        # Six bits a character: the ends depend on the neighbours, so they are cut off.
        text = base64.b64encode(b"\0" * shift + raw)
        first = (8 * shift + 5) // 6
        last = (8 * (shift + len(raw))) // 6
        core = text[first:last]
        out.append((f"base64 at {shift}", core, True))
        out.append((f"base64url at {shift}", core.replace(b"+", b"-").replace(b"/", b"_"), True))
    return out


class Sentinel:
    """Knows the values that must not be found anywhere.

    Thousands of patterns in tens of megabytes: `grep -F` looks for all of them in one pass. Patterns that it
    cannot read from a file (with a line break or a zero byte, as in UTF-16) are looked for one by one.
    """

    def __init__(self, values):
        self.wanted, self.awkward = {}, {}
        for value in values:
            # Two letters are found in anything.
            assert len(value) >= 5, "a value that is too short to look for"
            for name, form, exact in spellings(value):
                awkward = b"\n" in form or b"\0" in form
                (self.awkward if awkward else self.wanted).setdefault((form, exact), (value, name))

    def search(self, data):
        """The (value, spelling) pairs that are in these bytes."""
        return sorted({hit[1:] for hit in self.look([("", data)])})

    def search_folder(self, folder):
        """The (path, value, spelling) of every file below a folder, and how many bytes that were."""
        files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file() and not path.is_symlink()]
        parts = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
        return sorted(self.look(parts)), sum(len(data) for _, data in parts)

    def look(self, parts):
        hits = set()
        # Databases write zeros in advance.
        parts = [(path, ZEROS.sub(ZERO, data)) for path, data in parts]
        for exact in (False, True):
            cased = [(path, data if exact else data.lower()) for path, data in parts]
            patterns = {form: pair for (form, only), pair in self.wanted.items() if only == exact}
            hits |= grep(cased, patterns)
            for (form, only), pair in self.awkward.items():
                if only == exact:
                    hits |= {(path, *pair) for path, data in cased if form in data}
        return hits


ZEROS, ZERO = re.compile(rb"\0{64,}"), b"\0" * 64


def grep(parts, patterns):
    """The (path, value, spelling) of every pattern that is in one of the parts."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "patterns").write_bytes(b"\n".join(patterns) + b"\n")
        starts = []
        with open(Path(folder, "data"), "wb") as sink:
            for _, data in parts:
                starts.append(sink.tell())
                sink.write(data + b"\n")
        command = ["grep", "-a", "-o", "-b", "-F", "-f", "patterns", "data"]
        done = subprocess.run(command, cwd=folder, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, capture_output=True)
    # 1 means that nothing was found.
    if done.returncode > 1:
        raise OSError(done.stderr.decode(errors="replace"))
    hits = set()
    for line in done.stdout.splitlines():
        offset, _, match = line.partition(b":")
        path = parts[bisect.bisect_right(starts, int(offset)) - 1][0]
        hits.add((path, *patterns[match]))
    return hits


def self_test():
    """The search finds what it must: a sentinel that sees nothing would pass every application."""
    value = "Zoë ĊO'Hara <x@y.example>"
    sentinel = Sentinel([value])
    for name, form, _ in spellings(value):
        assert sentinel.search(b"..." + form + b"..."), name
    for shift in range(3):
        assert sentinel.search(base64.b64encode(b"abc"[:shift] + value.encode() + b"tail")), shift
    assert not sentinel.search(b"nothing of the kind")
