"""A gateway in a folder of its own, configured by an application's files alone."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from lib.service import NotStarted
from lib.service import Process
from lib.service import run


def built():
    """The newest gateway that cargo built, in the target folder that cargo uses; none when there is none."""
    target = Path(__file__).resolve().parents[3] / os.environ.get("CARGO_TARGET_DIR", "target")
    found = [target / kind / "cloakroom" for kind in ("release", "debug")]
    found = [path for path in found if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime).resolve() if found else None


def binary():
    """The gateway that is tried: `CLOAKROOM`, or what cargo built."""
    named = os.environ.get("CLOAKROOM")
    found = Path(named) if named else built()
    if not found or not found.is_file():
        raise NotStarted("no gateway: run `cargo build`, or name one in CLOAKROOM")
    return found.resolve()


class Gateway:
    """Keys, API keys, rules and a running process, all below `folder`."""

    def __init__(self, source, folder, upstream):
        self.binary, self.process = binary(), None
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.config = self.folder / "cloakroom.yaml"
        shutil.copytree(Path(source) / "rules", self.folder / "rules")
        text = (Path(source) / "cloakroom.yaml").read_text()
        # The one thing that is not known before: the port the application was given.
        text, count = re.subn(r"http://127\.0\.0\.1:\d+", upstream, text)
        assert count == 1, "the configuration names the application once"
        self.config.write_text(text)
        (self.folder / "data").mkdir()
        self.command("keys", "init")

    def command(self, *arguments):
        """Runs one command of the gateway and gives its standard output."""
        return run([self.binary, "--config", self.config, *arguments]).decode()

    def caller(self, name, group):
        """Makes an API key; the answer is the header that its holder sends."""
        key = self.command("keys", "api", "add", name, "--group", group).strip()
        return {"Cloakroom-Key": key}

    def findings(self, *arguments):
        """What a command says when it finds something, or nothing. Warnings are no findings."""
        done = subprocess.run([self.binary, "--config", self.config, *arguments], capture_output=True)
        if done.returncode == 0:
            return ""
        lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
        return "\n".join(line for line in lines if ": warning: " not in line) or f"exit code {done.returncode}"

    def start(self):
        log = self.folder / "gateway.log"
        self.process = Process([self.binary, "--config", self.config, "serve"], log)
        said = re.compile(r"cloakroom is ready on 127\.0\.0\.1:(\d+)")
        port = self.process.ready(lambda: said.search(log.read_text(errors="replace")))
        self.url = f"http://127.0.0.1:{port.group(1)}"

    def stop(self):
        if self.process:
            self.process.stop()

    def audit(self):
        """How many events the journal holds, by kind. The journal has been verified by the caller."""
        kinds = {}
        for path in (self.folder / "data" / "audit").rglob("*.jsonl"):
            for line in path.read_text().splitlines():
                kind = json.loads(line)["event"]
                kinds[kind] = kinds.get(kind, 0) + 1
        return kinds


class NoGateway:
    """`CLOAKROOM=none`: clients speak to the application itself. Shows that a story is right, and that the search
    for clear values finds them: what depends on tokens must fail then, and nothing else."""

    def __init__(self, folder, upstream):
        self.folder, self.url = Path(folder), upstream
        self.folder.mkdir(parents=True)

    def caller(self, name, group):
        return {}

    def findings(self, *arguments):
        return ""

    def start(self):
        pass

    def stop(self):
        pass

    def audit(self):
        return {}
