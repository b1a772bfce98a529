"""The random grammar: `message(seed, number, kinds)` makes the same message for ever."""

import random
from dataclasses import replace

from suite.grammar import documents
from suite.grammar import forms
from suite.grammar import mixed
from suite.grammar import multipart
from suite.grammar import tables

KINDS = {
    "form": forms.form,
    "query": forms.query,
    "cookie": forms.cookie,
    "header": forms.header,
    "multipart": multipart.multipart,
    "csv": tables.csv,
    "json": documents.json,
    "mixed": mixed.mixed,
}


def message(seed, number, kinds):
    source = random.Random(f"{seed}/{number}")
    # The kinds take turns, so that `--only` and `--kind` do not change what a number means.
    kind = kinds[number % len(kinds)]
    return replace(KINDS[kind](source), origin=f"--seed {seed} --kind {kind} --message {number}")
