"""Verifies the receipt of an erasure from the documents alone: Python's library, OpenSSL for Ed25519.

    receipt.py FILE KEY

Prints `good` or `bad`.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

# SubjectPublicKeyInfo of an Ed25519 key up to the key (RFC 8410, section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def key_of(text):
    name, key_id, encoded = text.split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    assert data[0] == 1 and len(data) == 33
    assert sha256(name.encode(), b"\n", data)[:4].hex() == key_id
    return name, bytes.fromhex(key_id), data[1:]


def opened(note, key):
    """The text of a note that the key signed (C2SP signed-note)."""
    name, key_id, public = key
    split = note.rindex("\n\n") + 1
    text, signatures = note[:split], note[split + 1 :]
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        data = base64.b64decode(encoded, validate=True)
        if dash == "\u2014" and signer == name and data[:4] == key_id:
            check_signature(text.encode(), data[4:], public)
            return text
    raise ValueError("no signature of this key")


def check_signature(text, signature, public):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, content in ("key", SPKI + public), ("text", text), ("signature", signature):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        words = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
        words += ["-inkey", paths["key"], "-in", paths["text"], "-sigfile", paths["signature"]]
        subprocess.run(words, check=True, capture_output=True)


def root_of(index, size, leaf, path):
    """The head that an inclusion proof leads to, by the recursion of RFC 6962, section 2.1.1."""
    if size == 1:
        assert not path
        return leaf
    left = 1
    while left * 2 < size:
        left *= 2
    if index < left:
        return sha256(b"\1", root_of(index, left, leaf, path[:-1]), path[-1])
    return sha256(b"\1", path[-1], root_of(index - left, size - left, leaf, path[:-1]))


def verify(receipt, key):
    text = opened(receipt, key)
    statement, line, proof = text.split("\n\n", 2)
    assert statement.startswith("cloakroom erasure receipt v1\n")
    told = json.loads(line)
    assert told["event"] == "person.receipt"
    assert told["statement_sha256"] == sha256(statement.encode(), b"\n").hex()
    head, note = proof.split("\n\n", 1)
    header, index, *hashes = head.split("\n")
    assert header == "c2sp.org/tlog-proof@v1" and index.startswith("index ")
    # The text of the receipt ends where that of its last part does.
    origin, size, root = opened(note, key).split("\n")[:3]
    assert origin == key[0]
    path = [base64.b64decode(one, validate=True) for one in hashes]
    index = int(index.removeprefix("index "))
    assert index == told["seq"]
    assert root_of(index, int(size), sha256(b"\0", line.encode()), path) == base64.b64decode(root)


try:
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        verify(file.read(), key_of(sys.argv[2]))
    print("good")
except (AssertionError, ValueError, IndexError, KeyError, subprocess.CalledProcessError):
    print("bad")
