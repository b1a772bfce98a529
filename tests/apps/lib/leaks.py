"""Looks for clear values in what an application keeps, in every spelling that hides one from `grep`."""

import base64
import hashlib
import html
import json
import os
import quopri
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
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "data").write_bytes(data)
            return sorted({hit[1:] for hit in self.search_folder(folder)[0]})

    def search_folder(self, folder):
        """The (path, value, spelling) of every file below a folder, and how many bytes that were."""
        hits, size = set(), 0
        for exact in (False, True):
            hits |= self.grep(folder, exact)
        for path in Path(folder).rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            size += len(data)
            folded = data.lower()
            found = (pair for (form, exact), pair in self.awkward.items() if form in (data if exact else folded))
            hits |= {(str(path.relative_to(folder)), *pair) for pair in found}
        return sorted(hits), size

    def grep(self, folder, exact):
        patterns = {form: pair for (form, cased), pair in self.wanted.items() if cased == exact}
        with tempfile.NamedTemporaryFile() as listed:
            listed.write(b"\n".join(patterns) + b"\n")
            listed.flush()
            command = ["grep", "-r", "-a", "-o", "-Z", "-F", "-D", "skip", *([] if exact else ["-i"]), "-f", listed.name, "."]
            done = subprocess.run(command, cwd=folder, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, capture_output=True)
        # 1 means that nothing was found.
        if done.returncode > 1:
            raise OSError(done.stderr.decode(errors="replace"))
        hits = set()
        for line in done.stdout.splitlines():
            path, _, match = line.partition(b"\0")
            hits.add((path.decode(errors="replace"), *patterns[match if exact else match.lower()]))
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
