"""A message: what the grammar makes, what the gateway gets, what it forwards, what readers are given."""

import re
from dataclasses import dataclass
from dataclasses import replace

# What stands for personal data. The number tells the places of one message apart.
CANARY = re.compile(rb"canary(\d\d)")


def canary(number):
    return b"canary%02d@leak.example" % number


@dataclass(frozen=True)
class Message:
    """One request. `kind` names what its grammar wrote and which readers make sense; `route` the rules that hold."""

    kind: str
    route: str
    query: bytes = b""
    headers: tuple = ()
    body: bytes = b""
    origin: str = ""

    def target(self, number):
        """The request target; the number in the path finds the message again at the upstream."""
        query = b"?" + self.query if self.query else b""
        return b"/%s/%d%s" % (self.route.encode(), number, query)

    def bytes(self, number, extra=()):
        """The request as it goes on the wire."""
        method = b"POST" if self.body else b"GET"
        head = [method + b" " + self.target(number) + b" HTTP/1.1", b"Host: oracles.test"]
        head += [name + b": " + value for name, value in (*extra, *self.headers)]
        if self.body:
            head.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(head) + b"\r\n\r\n" + self.body

    def readable(self):
        lines = [self.target(0), *(name + b": " + value for name, value in self.headers), b"", self.body]
        return "\n".join(ascii(line.decode("latin-1"))[1:-1].replace("\\'", "'") for line in lines)

    def as_json(self):
        """A line of the corpus."""
        text = lambda data: data.decode("latin-1")
        return {
            "kind": self.kind,
            "route": self.route,
            "query": text(self.query),
            "headers": [f"{text(name)}: {text(value)}" for name, value in self.headers],
            "body": text(self.body),
        }

    @staticmethod
    def from_json(entry):
        data = lambda text: text.encode("latin-1")
        headers = [line.partition(": ") for line in entry.get("headers", [])]
        return Message(
            entry["kind"],
            entry.get("route", entry["kind"]),
            data(entry.get("query", "")),
            tuple((data(name), data(value)) for name, _, value in headers),
            data(entry.get("body", "")),
            entry.get("note", "corpus"),
        )

    def with_part(self, place, data):
        """The same message with another query, body, or value of the header of that position."""
        if isinstance(place, int):
            headers = list(self.headers)
            headers[place] = (headers[place][0], data)
            return replace(self, headers=tuple(headers))
        return replace(self, **{place: data})

    def parts(self):
        """The places that can be made smaller."""
        yield "query", self.query
        yield "body", self.body
        for position, (_, value) in enumerate(self.headers):
            yield position, value


@dataclass(frozen=True)
class Forwarded:
    """A request as it reached the upstream."""

    method: str
    target: str
    headers: tuple
    body: bytes
