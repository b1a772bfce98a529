"""One application behind one gateway, from start to the search for clear values."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lib.gateway import Gateway
from lib.gateway import NoGateway
from lib.leaks import Sentinel
from lib.leaks import self_test
from lib.report import Report
from lib.service import NotStarted
from lib.service import tail
from lib.service import wait
from lib.wire import Wire


class Trial:
    """Use as `with Trial(__file__) as trial:`; everything is ended behind it.

    `trial.url` is the gateway, `trial.application` the folder of the application, `trial.report` takes the results.
    """

    def __init__(self, script):
        self.source = Path(script).resolve().parent
        self.starters = []
        self.report = Report(self.source.name)

    def __enter__(self):
        try:
            self.set_up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def set_up(self):
        self.folder = Path(tempfile.mkdtemp(prefix=f"cloakroom-{self.source.name}-"))
        self_test()
        self.folder.chmod(0o711)
        self.application = self.folder / "application"
        self.upstream = self.launch(self.application)
        self.report.step(f"application is ready at {self.upstream}")
        self.wire = Wire(self.upstream)
        place = self.folder / "gateway"
        without = os.environ.get("CLOAKROOM") == "none"
        self.gateway = NoGateway(place, self.wire.url) if without else Gateway(self.source, place, self.wire.url)

    def launch(self, place):
        """Starts the application in a folder, with a database of its own; gives its URL."""
        log = self.folder / f"start-{place.name}.log"
        with open(log, "wb") as sink:
            starter = subprocess.Popen([self.source / "start", place], stdout=subprocess.PIPE, stderr=sink)
        self.starters.append(starter)
        line = starter.stdout.readline().decode().strip()
        if not line:
            starter.wait()
            raise NotStarted(f"{self.source / 'start'} ended with {starter.returncode}:\n{tail(log)}")
        return line

    def start_gateway(self):
        """Serves from here on; API keys are made before, rules and cases are tried."""
        for command in ("check", "test"):
            found = self.gateway.findings(command)
            self.report.holds(f"`cloakroom {command}` finds nothing", not found, found)
        self.gateway.start()
        self.url = self.gateway.url
        self.report.step(f"gateway is ready at {self.url}")

    def dump(self):
        return subprocess.run([self.source / "dump", self.application], capture_output=True, check=True).stdout

    def leaks(self, values, known):
        """Stops nothing; looks for `values` in all that the application was sent and keeps.

        `known` is a text that the application does hold: a search that cannot find it looks in the wrong place.
        """
        report, sentinel, control = self.report, Sentinel(values), Sentinel([known])
        dump = self.dump()
        report.holds("the dump holds what is not protected", control.search(dump), f"{len(dump)} bytes without {known!r}")
        hits = sentinel.search(dump)
        report.holds("no clear value in the dump", not hits, hits[:5])
        hits, size = sentinel.search_folder(self.application)
        report.holds("no clear value in the files of the application", not hits, hits[:5])
        with self.wire.lock:
            seen = bytes(self.wire.seen)
        hits = sentinel.search(seen)
        report.holds("no clear value on the wire to the application", not hits, hits and self.where(seen, hits))
        hits, own = sentinel.search_folder(self.gateway.folder)
        report.holds("no clear value in the files of the gateway", not hits, hits[:5])
        report.step(f"searched {len(values)} values in {len(dump) + size + len(seen) + own} bytes")

    @staticmethod
    def where(seen, hits):
        """Where the first values went, for the message of a failure: what stands before each."""
        found = []
        for value, spelling in hits[:5]:
            at = seen.lower().find(value.lower().encode())
            found.append((value, spelling, seen[max(0, at - 80) : at] if at >= 0 else b""))
        return found

    def journal(self, reveals):
        """Stops the gateway and verifies its journal."""
        self.gateway.stop()
        found = self.gateway.findings("audit", "verify")
        self.report.holds("`cloakroom audit verify` is content", not found, found)
        kinds = self.gateway.audit()
        self.report.holds("every kind of reveal is on record", kinds.get("reveal.intent", 0) >= reveals, kinds)
        self.report.step("journal: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))

    def __exit__(self, kind, error, trace):
        if hasattr(self, "gateway"):
            self.gateway.stop()
        if hasattr(self, "wire"):
            self.wire.close()
        for starter in self.starters:
            starter.terminate()
        for starter in self.starters:
            if not wait(lambda: starter.poll() is not None, 60):
                starter.kill()
                starter.wait()
        if error is None and not self.report.failed:
            shutil.rmtree(self.folder)
        else:
            print(f"  left for inspection: {self.folder}", file=sys.stderr)


def main(script, story):
    """Runs one application's story; the last line of standard output is its row of the table."""
    started = time.monotonic()
    # Told to end, we end what we started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    trial = Trial(script)
    report = trial.report
    try:
        with trial:
            story(trial)
    except Exception as error:  # whatever stops the story is a failure of it
        import traceback

        traceback.print_exc()
        report.failed.append(f"stopped by {type(error).__name__}")
    print(f"{report.name}\t{report.passed}\t{len(report.failed)}\t{len(report.limits)}\t{time.monotonic() - started:.0f}")
    sys.exit(1 if report.failed else 0)
