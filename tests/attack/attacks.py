"""The attacks. Each comes from loopback addresses of its own, and gives a note on what it met; with it
may come limits of its own, `{what: (measured, limit)}`."""

import gzip
import json
import os
import resource
import select
import time

from world import Stream, ended, forked, head

# How long connections are held, in seconds.
HOLD = 10
# Longer than `limits.timeouts.header` (15 s).
HEADER_DEADLINE = 20


def one_byte_packets(world):
    """2 MB in packets of one byte, over 100 connections of 10 addresses."""
    length, count = 20_010, 100
    streams = [Stream(world.address, f"127.0.1.{1 + n % 10}") for n in range(count)]
    body = json.dumps({"note": (length - 12) * "x"}).encode()
    body = body.ljust(length)
    began, lost = time.monotonic(), set()
    for stream in streams:
        stream.socket.sendall(head("POST", "/people/slow", length))
    for at in range(length - 10):
        byte = body[at : at + 1]
        for stream in streams:
            if stream not in lost:
                try:
                    stream.socket.send(byte)
                except OSError:
                    lost.add(stream)
    took = time.monotonic() - began
    time.sleep(1)
    statuses = finish([each for each in streams if each not in lost], body[-10:])
    return f"sent in {took:.1f} s; {len(lost)} cut; answers {statuses}"


def claims(world):
    """66 bodies of 16 MiB, 33 from one address, and smaller ones that fill the rest; a byte of each."""
    sizes = 66 * [16 << 20] + [size for power in range(23, 9, -1) for size in 2 * [1 << power]]
    streams = []
    for number, size in enumerate(sizes):
        source = "127.0.2.1" if number < 33 else f"127.0.3.{number}"
        stream = Stream(world.address, source)
        stream.socket.sendall(head("POST", "/people/claim", size) + b"{")
        streams.append(stream)
        time.sleep(0.01)
    time.sleep(HOLD)
    return f"{closed(streams)} of {len(streams)} answered or cut within {HOLD} s"


def new_values(world):
    """8 callers post 60,000 new values each, in one body each."""

    def post(number):
        people = [{"email": f"new-{number}-{n}@mail.example"} for n in range(60_000)]
        body = json.dumps({"people": people}).encode()
        os.read(ready, 1)
        began = time.monotonic()
        try:
            stream = Stream(world.address, f"127.0.4.{1 + number}", timeout=120)
            status = stream.ask("POST", f"/people/many{number}", body, world.keys[number])[0]
        except OSError as error:
            status = error.__class__.__name__
        os.write(done, f"{status} in {time.monotonic() - began:.1f} s\n".encode())

    ready, go = os.pipe()
    told, done = os.pipe()
    children = [forked(post, number) for number in range(8)]
    os.write(go, 8 * b".")
    for pid in children:
        os.waitpid(pid, 0)
    os.close(done)
    with os.fdopen(told) as lines:
        return "answers: " + ", ".join(sorted(line.strip() for line in lines))


def long_documents(world):
    """2 callers post forms of 100,000 fields and XML of 16 MiB behind gzip, on 4 connections, again and again."""
    form = "&".join(f"f{number}=x" for number in range(100_000)).encode()
    element = "<customer-reference>{}</customer-reference>"
    count = (15 << 20) // (len(element) + 14)
    elements = "".join(element.format(os.urandom(8).hex()) for _ in range(count))
    xml = gzip.compress(f"<orders>{elements}</orders>".encode(), 1)
    kinds = (
        ("form", form, "application/x-www-form-urlencoded", None),
        ("xml", xml, "application/xml", "gzip"),
    )

    def post(number):
        kind, body, media, coding = kinds[number % 2]
        key, answers = world.keys[number // 2], {}
        until = time.monotonic() + HOLD
        while time.monotonic() < until:
            try:
                stream = Stream(world.address, f"127.0.7.{1 + number // 2}", timeout=60)
                first = head("POST", f"/forms/{number}", len(body), key, media=media, coding=coding)
                stream.socket.sendall(first + body)
                status = stream.answer()[0]
                stream.close()
            except OSError as error:
                status = error.__class__.__name__
            answers[status] = answers.get(status, 0) + 1
        os.write(done, f"{kind} {answers}\n".encode())

    told, done = os.pipe()
    for pid in [forked(post, number) for number in range(4)]:
        os.waitpid(pid, 0)
    os.close(done)
    with os.fdopen(told) as lines:
        return "; ".join(sorted(line.strip() for line in lines))


def half_open(world):
    """1,000 connections from one address, silent or with half a head; as many to the admin listener."""
    resource.setrlimit(resource.RLIMIT_NOFILE, 2 * [resource.getrlimit(resource.RLIMIT_NOFILE)[1]])
    half, silent, halves, refused = head("GET", "/plain/1")[:30], [], [], 0
    for address, source in ((world.address, "127.0.5.1"), (world.admin, "127.0.5.2")):
        for number in range(1000):
            try:
                stream = Stream(address, source, timeout=1)
                if number % 2:
                    stream.socket.sendall(half)
                (halves if number % 2 else silent).append(stream)
            except OSError:
                refused += 1
    time.sleep(HEADER_DEADLINE)
    kept = len(halves) - closed(halves)
    note = f"{refused} refused; {kept} of {len(halves)} half heads still open after {HEADER_DEADLINE} s"
    return note, {"half heads left open": (kept, 0)}


def slow_readers(world):
    """150 callers read answers of 15 MiB at 200 bytes a second."""
    streams = []
    for number in range(150):
        stream = Stream(world.address, f"127.0.6.{1 + number % 15}", receive_bytes=4096)
        stream.socket.sendall(head("GET", f"/people/big{number}"))
        streams.append(stream)
    until, got = time.monotonic() + HOLD, 0
    while time.monotonic() < until:
        time.sleep(1)
        for ready in select.select([stream.socket for stream in streams], [], [], 0)[0]:
            try:
                got += len(ready.recv(200))
            except OSError:
                pass  # cut off, as it should be sooner or later
    for stream in streams:
        stream.close()
    return f"{got} bytes read in {HOLD} s"


def closed(streams):
    """How many the other side has answered or closed."""
    readable = select.poll()
    for stream in streams:
        readable.register(stream.socket, select.POLLIN)
    return len(readable.poll(0))


def finish(streams, rest):
    statuses = {}
    for stream in streams:
        try:
            stream.socket.sendall(rest)
            status = stream.answer()[0]
        except OSError as error:
            status = error.__class__.__name__
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


ATTACKS = {
    "one-byte-packets": one_byte_packets,
    "claims": claims,
    "new-values": new_values,
    "long-documents": long_documents,
    "half-open": half_open,
    "slow-readers": slow_readers,
}
