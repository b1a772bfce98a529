"""Other callers: what they are told, and how long they wait, before and during an attack."""

import json
import os
import threading
import time

from world import Stream, forked

SOURCE = "127.0.0.9"
# Between two requests of one kind, in seconds.
PAUSE = 0.02
KINDS = ("plain", "connect", "store", "reveal", "health")


def probes(world):
    """The requests of other callers by kind: each gives a stream, and says what is right."""
    known = {"email": "known@mail.example"}
    world_key = world.key

    def plain(stream, _):
        return stream.ask("GET", "/plain/1"), lambda _: True

    def store(stream, number):
        body = json.dumps({"email": f"other-{os.getpid()}-{number}@mail.example"}).encode()
        return stream.ask("POST", f"/people/{number % 100}", body, world_key), lambda _: True

    def reveal(stream, _):
        answer = stream.ask("GET", "/people/known", key=world_key)
        return answer, lambda body: json.loads(body) == known

    def health(stream, _):
        return stream.ask("GET", "/livez"), lambda _: True

    stream = Stream(world.address, SOURCE)
    assert stream.ask("POST", "/people/known", json.dumps(known).encode(), world_key)[0] == 200
    stream.close()
    # name, address, what is sent, whether every request has a connection of its own
    return (
        ("plain", world.address, plain, False),
        ("connect", world.address, plain, True),
        ("store", world.address, store, False),
        ("reveal", world.address, reveal, False),
        ("health", world.admin, health, False),
    )


def run(probe, phase, found):
    """Sends one kind of request until the phase is over; `found` gets [phase, ms, fault]."""
    _, address, ask, fresh = probe
    stream, number = None, 0
    due = time.monotonic()
    while phase[0] is not None:
        due = max(due + PAUSE, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
        began, now, fault = time.monotonic(), phase[0], None
        number += 1
        try:
            if stream is None:
                stream = Stream(address, SOURCE, timeout=10)
            (status, head, body), is_right = ask(stream, number)
            if status != 200:
                fault = str(status)
            elif not is_right(body):
                fault = "kept its tokens" if b"cloakroom-unrevealed" in head else "wrong answer"
            if fresh or b"connection: close" in head:
                stream.close()
                stream = None
        except OSError as error:
            fault = error.__class__.__name__
            if stream is not None:
                stream.close()
            stream = None
        found.append([now, (time.monotonic() - began) * 1000, fault])


def others(world, orders, report):
    """Runs all probes; reads the phase line by line from `orders`, and writes what was found."""
    phase = ["quiet"]
    kinds = probes(world)
    found = {probe[0]: [] for probe in kinds}
    threads = [threading.Thread(target=run, args=(each, phase, found[each[0]])) for each in kinds]
    for thread in threads:
        thread.start()
    with os.fdopen(orders) as lines:
        for line in lines:
            phase[0] = line.strip()
    phase[0] = None
    for thread in threads:
        thread.join()
    with os.fdopen(report, "w") as out:
        json.dump(found, out)


class Others:
    """Callers in a process of their own."""

    def __init__(self, world):
        orders, self.orders = os.pipe()
        self.report, report = os.pipe()
        self.pid = forked(self.child, world, orders, report)
        os.close(orders)
        os.close(report)

    def child(self, world, orders, report):
        os.close(self.orders)
        os.close(self.report)
        others(world, orders, report)

    def phase(self, name):
        os.write(self.orders, f"{name}\n".encode())

    def results(self):
        """Ends them, and gives for each kind and phase: count, p50, p99, maximum (ms) and faults."""
        os.close(self.orders)
        with os.fdopen(self.report) as lines:
            found = json.load(lines)
        os.waitpid(self.pid, 0)
        return {
            (kind, phase): summary([each for each in all if each[0] == phase])
            for kind, all in found.items()
            for phase in ("quiet", "attack")
        }


def summary(samples):
    times = sorted(ms for _, ms, _ in samples)

    def at(share):
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    faults = {}
    for _, _, fault in samples:
        if fault:
            faults[fault] = faults.get(fault, 0) + 1
    return {"count": len(times), "p50": at(0.5), "p99": at(0.99), "max": at(1), "faults": faults}
