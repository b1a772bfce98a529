"""Makes a counterexample smaller while it stays one."""

import re
from dataclasses import replace

# What is taken out as one: a canary, a percent escape, an escape of JSON, a line end, a word, or any other byte.
ATOM = re.compile(rb"canary\d\d@leak\.example|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\r\n|[A-Za-z]+|\d+|.", re.S)


async def shrink(message, fails, budget=300):
    """The smallest message found with `budget` tries for which `await fails(message)` is true."""
    for position in reversed(range(len(message.headers))):
        fewer = replace(message, headers=message.headers[:position] + message.headers[position + 1 :])
        if await fails(fewer):
            message = fewer
    for place, _ in list(message.parts()):
        atoms = ATOM.findall(dict(message.parts())[place])
        size = len(atoms) // 2
        while size and budget > 0:
            at = 0
            while at < len(atoms) and budget > 0:
                fewer = atoms[:at] + atoms[at + size :]
                budget -= 1
                if await fails(message.with_part(place, b"".join(fewer))):
                    atoms = fewer
                else:
                    at += size
            size //= 2
        message = message.with_part(place, b"".join(atoms))
    return message
