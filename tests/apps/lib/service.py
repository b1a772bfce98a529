"""Starting applications: processes of their own group, on loopback, on ports that the system chose.

Everything that is started here is ended by its process id and group, never by its name.
"""

import atexit
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

DEADLINE = 120.0


class NotStarted(Exception):
    """A program ended, or was not ready in time. The message names its log."""


class Process:
    """A program in a process group of its own; it ends when told to, or with this program."""

    def __init__(self, arguments, log, user=None, **options):
        self.log = Path(log)
        self.name = Path(arguments[0]).name
        if user:
            options.update(user=user, group=user, extra_groups=[])
        with open(self.log, "ab") as sink:
            self.child = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                **options,
            )
        atexit.register(self.stop)

    def stop(self):
        """Ends the whole group: asks first, then insists."""
        for number, patience in ((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)):
            try:
                os.killpg(self.child.pid, number)
            except ProcessLookupError:
                break
            if wait(lambda: self.child.poll() is not None, patience):
                break
        # Workers that outlived their parent are still in its group.
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()

    def ready(self, condition):
        """Waits until `condition()` gives something true, and returns that."""

        def look():
            if self.child.poll() is not None:
                raise NotStarted(f"{self.name} ended with {self.child.returncode}; see {self.log}\n{tail(self.log)}")
            return condition()

        found = wait(look, DEADLINE)
        if not found:
            raise NotStarted(f"{self.name} was not ready after {DEADLINE:.0f} s; see {self.log}\n{tail(self.log)}")
        return found

    def port(self):
        """The TCP port that this process listens on at 127.0.0.1, or None while there is none."""
        sockets = set()
        try:
            for entry in os.scandir(f"/proc/{self.child.pid}/fd"):
                target = os.readlink(entry.path)
                if target.startswith("socket:["):
                    sockets.add(target[8:-1])
        except FileNotFoundError:
            return None
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            # 0A is LISTEN; the address is in the byte order of the machine.
            if fields[3] == "0A" and fields[9] in sockets and address in ("0100007F", "7F000001"):
                return int(port, 16)
        return None


def wait(condition, patience):
    """What `condition()` gives once that is true, or what it gave last."""
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def tail(path, lines=15):
    text = Path(path).read_text(errors="replace") if Path(path).exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def run(arguments, **options):
    """Runs a program to its end; its output is shown only when it goes wrong."""
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, **options)
    if done.returncode != 0:
        output = (done.stdout + done.stderr).decode(errors="replace")
        raise NotStarted(f"{arguments[0]} ended with {done.returncode}:\n{output[-2000:]}")
    return done.stdout


def folder(arguments):
    """The folder that a start script is given; made when it is not there."""
    if len(arguments) != 2:
        sys.exit(f"usage: {arguments[0]} FOLDER")
    path = Path(arguments[1]).resolve()
    path.mkdir(parents=True, exist_ok=True)
    # Programs of other users (mysql, postgres, www-data) have to pass through.
    path.chmod(0o711)
    return path


def serve(port):
    """Says where the application is, and stays until it is told to end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    print(f"http://127.0.0.1:{port}", flush=True)
    # The reader of our output going away ends us too, so that nothing is left behind.
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)
