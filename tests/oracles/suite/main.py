"""The command line of the suite and its loop: message, gateway, readers, law."""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from lib.gateway import Gateway
from suite import grammar
from suite import law
from suite.http import Client
from suite.http import Recorder
from suite.message import CANARY
from suite.message import Forwarded
from suite.message import Message
from suite.readers import all_readers
from suite.shrink import shrink

HERE = Path(__file__).resolve().parent.parent
READERS = ("php", "ruby", "python", "node", "go", "java")
WORKERS = 6
# Of one kind of counterexample, that many are made small and shown; and that many of all kinds together.
SHOWN, SHOWN_IN_ALL = 2, 60


def arguments():
    about = "Holds what the gateway forwards against what real frameworks read."
    parser = argparse.ArgumentParser(prog="scripts/oracles", description=about)
    parser.add_argument("--long", action="store_true", help="an hour in place of a minute")
    parser.add_argument("--seconds", type=int, help="how long random messages are made; 0: the corpus only")
    parser.add_argument("--seed", type=int, help="the seed that an earlier run printed")
    parser.add_argument("--message", type=int, help="only the message of this number")
    parser.add_argument("--only", type=some_of(READERS), default=READERS, help="readers: " + ",".join(READERS))
    kinds = tuple(grammar.KINDS)
    parser.add_argument("--kind", type=some_of(kinds), default=kinds, help="kinds of messages: " + ",".join(kinds))
    parser.add_argument("--target", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    if options.seconds is None:
        options.seconds = 3600 if options.long else 50
    return options


def some_of(known):
    """A type of argparse: names of these, separated by commas."""

    def parse(text):
        names = tuple(text.split(","))
        if not set(names) <= set(known):
            raise argparse.ArgumentTypeError("known are " + ", ".join(known))
        return names

    return parse


class Suite:
    """One gateway, one upstream, all readers."""

    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.recorder = Recorder()
        self.readers = [reader for reader in all_readers(HERE, options.target, self.folder) if reader.name in options.only]
        self.number = 0
        self.outcomes = Counter()
        self.found, self.reported, self.shown, self.broken = Counter(), Counter(), set(), []

    async def start(self):
        port = await self.recorder.start()
        self.gateway = Gateway(HERE, self.folder / "gateway", f"http://127.0.0.1:{port}")
        # A service, because the number of new values of nobody in particular is bounded.
        key = self.gateway.caller("oracles", "services")
        self.extra = [(name.encode(), value.encode()) for name, value in key.items()]
        self.gateway.start()
        self.port = int(self.gateway.url.rpartition(":")[2])
        self.log = open(self.options.target / "readers.log", "wb")
        await asyncio.gather(*(reader.start(self.log) for reader in self.readers))

    async def stop(self):
        await asyncio.gather(*(reader.stop() for reader in self.readers))
        self.gateway.stop()
        self.recorder.server.close()

    async def forward(self, client, message):
        """What reaches the upstream, or nothing, and the code of the refusal."""
        self.number += 1
        number = self.number
        status, _, body = await client.ask(message.bytes(number, self.extra))
        arrived = self.recorder.arrived.pop(number, None)
        if arrived is None and status < 400:
            raise RuntimeError(f"status {status}, and nothing was forwarded")
        return arrived, status, body

    async def judge(self, client, message, readers=None):
        """Every violation of the law: reader, what it is part of, selector, what it read."""
        arrived, status, body = await self.forward(client, message)
        if arrived is None:
            return [], f"refused {status}"
        for reader in readers or self.readers:
            reader.names += len(set(CANARY.findall(b" ".join(data for _, data in message.parts()))))
        answers = await asyncio.gather(*(reader.read(message.kind, arrived) for reader in readers or self.readers))
        found = []
        for reader, answer in zip(readers or self.readers, answers):
            for part, path, value in law.violations(message.route, answer):
                found.append((reader, part, path, value))
        return found, "forwarded"

    async def try_one(self, client, message):
        found, outcome = await self.judge(client, message)
        self.outcomes[message.origin.partition("--kind ")[2].partition(" ")[0] or "corpus", outcome] += 1
        for reader, part, path, value in found:
            kind = (message.kind, message.route, reader.name, part, path)
            self.found[kind] += 1
            fixed = message.origin.startswith("corpus")
            self.reported[kind, fixed] += 1
            if self.reported[kind, fixed] <= SHOWN and (fixed or len(self.shown) < SHOWN_IN_ALL):
                await self.report(client, message, reader, part, path)
        return found

    async def report(self, client, message, reader, part, path):
        seen = {}

        async def fails(smaller):
            found, _ = await self.judge(client, smaller, [reader])
            for _, other, selector, value in found:
                if (other, selector) == (part, path):
                    seen["value"] = value
                    return True
            return False

        small = message
        if await fails(message) and not message.origin.startswith("corpus"):
            small = await shrink(message, fails)
        line = json.dumps(small.as_json())
        if line in self.shown:
            return
        if not message.origin.startswith("corpus"):
            self.shown.add(line)
        print(f"\nCOUNTEREXAMPLE  {reader.name}: {part} reads $.{'.'.join(map(str, path))} in clear: {seen.get('value')!r}")
        print(f"  {message.origin}\n  " + small.readable().replace("\n", "\n  "))
        print("  corpus: " + line, flush=True)

    async def corpus(self, client):
        """The messages of `corpus.jsonl`; those that are plain must pass, and be read where there is no gateway."""
        for number, line in enumerate((HERE / "corpus.jsonl").read_text().splitlines(), 1):
            entry = json.loads(line)
            if entry["kind"].replace("fold", "json") not in self.options.kind:
                continue
            message = replace(Message.from_json(entry), origin=f"corpus.jsonl:{number}: {entry['note']}")
            if "plain" in entry:
                await self.control(client, message, entry["plain"])
            await self.try_one(client, message)

    async def control(self, client, message, names):
        """Without a gateway these readers must find the canary, or the suite would find nothing; with it the message passes."""
        method = "POST" if message.body else "GET"
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers]
        bare = Forwarded(method, message.target(0).decode("latin-1"), (("Host", "oracles.test"), *headers), message.body)
        for reader in self.readers:
            if reader.name in names and not list(law.violations(message.route, await reader.read(message.kind, bare))):
                self.broken.append(f"{message.origin}: {reader.name} does not read it without a gateway")
        arrived, status, _ = await self.forward(client, message)
        if arrived is None:
            self.broken.append(f"{message.origin}: refused with {status}")

    async def worker(self, numbers, end):
        client = Client(self.port)
        for number in numbers:
            if time.monotonic() > end:
                break
            await self.try_one(client, grammar.message(self.options.seed, number, self.options.kind))
        client.close()


async def run(options, folder):
    suite = Suite(options, folder)
    await suite.start()
    try:
        client = Client(suite.port)
        started = time.monotonic()
        if options.message is None:
            await suite.corpus(client)
            print(f"seed {options.seed}, {options.seconds} s", flush=True)
            numbers = iter(range(1 << 40))
            end = time.monotonic() + options.seconds
            await asyncio.gather(*(suite.worker(numbers, end) for _ in range(WORKERS)))
        else:
            await suite.worker(iter([options.message]), started + 3600)
        client.close()
        report(suite, time.monotonic() - started)
    finally:
        await suite.stop()
    return 1 if suite.found or suite.broken else 0


def report(suite, seconds):
    print()
    for (kind, outcome), count in sorted(suite.outcomes.items()):
        print(f"{kind:10} {outcome:14} {count:8}")
    for reader in suite.readers:
        names = f"{reader.names:8} names, {reader.names / seconds * 60:8.0f} a minute"
        print(f"{reader.name:8} {reader.asked:8} messages, {names}   {reader.versions}")
    for line in suite.broken:
        print(f"FAILED   {line}")
    failed = {}
    for (kind, route, name, part, path), count in suite.found.items():
        failed.setdefault((kind, route, ".".join(map(str, path))), []).append(f"{name} {part} ({count})")
    for (kind, route, path), readers in failed.items():
        print(f"FAILED   {kind} on /{route}, $.{path} in clear for " + ", ".join(readers))


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="oracles-") as folder:
        sys.exit(asyncio.run(run(options, folder)))


if __name__ == "__main__":
    main()
