"""An application, and a gateway with default limits in front of it, as real processes."""

import os
import resource
import signal
import socket
import subprocess
import threading
import time
import urllib.request

RULES = """\
classes:
  email: { shape: email }
routes:
  - id: plain
    match: { path: /plain/** }
  - id: forms
    match: { path: /forms/** }
    body_format: [form, xml]
    request: { body: { $.email: email, "$..[?@.kind=='person'].email": email } }
  - id: people
    match: { path: /people/** }
    request: { body: { $.email: email, "$.people[*].email": email } }
    response: { body: { $.email: email, "$.people[*].email": email } }
"""

POLICIES = """\
permit (principal in Group::"support", action == Action::"reveal", resource);
"""

PLAIN = b'{"plain":"' + 1000 * b"x" + b'"}'
# Descriptors a process may open unless it asks for more: what most systems give.
SOFT_DESCRIPTORS = 1024
BIG_BYTES = 15 * 1024 * 1024


class Stream:
    """A connection that sends requests and reads whole answers, one after the other."""

    def __init__(self, address, source="127.0.0.1", timeout=30, receive_bytes=None):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.socket.bind((source, 0))
        self.socket.connect(address)
        self.held = b""
        # The admin listener takes its own address alone as the host.
        self.host = "%s:%d" % address

    def ask(self, method, path, body=b"", key=None):
        """Gives status, lower-case head and body of the answer."""
        self.socket.sendall(head(method, path, len(body), key, self.host) + body)
        return self.answer()

    def answer(self):
        first, body = self.message()
        return int(first.split(b" ", 2)[1]), first.lower(), body

    def message(self):
        """Gives head and body of the next message; raises OSError when the other side has closed."""
        while b"\r\n\r\n" not in self.held:
            self.more()
        first, self.held = self.held.split(b"\r\n\r\n", 1)
        body = []
        fields = dict(
            line.lower().split(b":", 1) for line in first.split(b"\r\n")[1:] if b":" in line
        )
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            while True:
                while b"\r\n" not in self.held:
                    self.more()
                size, self.held = self.held.split(b"\r\n", 1)
                body.append(self.take(int(size, 16)))
                self.take(2)
                if int(size, 16) == 0:
                    return first, b"".join(body)
        return first, self.take(int(fields.get(b"content-length", b"0")))

    def take(self, count):
        if len(self.held) < count:
            parts, missing = [self.held], count - len(self.held)
            while missing > 0:
                part = self.socket.recv(min(1 << 20, max(missing, 1 << 16)))
                if not part:
                    raise OSError("closed in the middle of a message")
                parts.append(part)
                missing -= len(part)
            self.held = b"".join(parts)
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def more(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise OSError("closed before a message")
        self.held += part

    def close(self):
        self.socket.close()


def head(method, path, length=0, key=None, host="shop.example", media="application/json", coding=None):
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    if key:
        lines.append(f"cloakroom-key: {key}")
    if length:
        lines += [f"content-type: {media}", f"content-length: {length}"]
    if coding:
        lines.append(f"content-encoding: {coding}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def big():
    record = b'{"email":"","note":"' + 1000 * b"n" + b'"},'
    return b'{"people":[' + (BIG_BYTES // len(record)) * record + b"{}]}"


def application(listener):
    """Answers /plain, keeps what is posted and gives it back; /people/big is 15 MiB. For ever."""
    stored, large = {}, big()

    def serve(stream):
        try:
            while True:
                first, body = stream.message()
                method, path, _ = first.split(b" ", 2)
                if method == b"POST":
                    stored[path] = body
                    body = b"{}"
                elif path.startswith(b"/people/big"):
                    body = large
                else:
                    body = stored.get(path, PLAIN)
                answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                stream.socket.sendall(answer + str(len(body)).encode() + b"\r\n\r\n")
                stream.socket.sendall(body)
        except OSError:
            stream.close()

    while True:
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream.__new__(Stream)
        stream.socket, stream.held = accepted, b""
        threading.Thread(target=serve, args=(stream,), daemon=True).start()


def forked(work, *arguments):
    """Runs work in a process of its own; gives its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        work(*arguments)
    finally:
        os._exit(0)


def ended(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


class World:
    """A fresh gateway in a folder, with keys of a caller who may see originals and of 8 others."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.application = forked(application, listener)
        upstream = listener.getsockname()[1]
        listener.close()
        os.makedirs(f"{folder}/rules")
        for name, text in (("rules.yaml", RULES), ("rules.cedar", POLICIES)):
            with open(f"{folder}/rules/{name}", "w") as file:
                file.write(text)
        free = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.address, self.admin = [each.getsockname() for each in free]
        for each in free:
            each.close()
        with open(f"{folder}/cloakroom.yaml", "w") as file:
            file.write(
                f"listen: 127.0.0.1:{self.address[1]}\n"
                f"admin: {{ listen: 127.0.0.1:{self.admin[1]} }}\n"
                f"email_domain: token.shop.internal\n"
                f"upstreams: {{ shop: {{ url: 'http://127.0.0.1:{upstream}' }} }}\n"
                f"rules: {folder}/rules\n"
                f"vault: {{ embedded: {{ path: {folder}/vault }} }}\n"
                f"keys: {{ file: {folder}/keyring.json }}\n"
                f"audit: {{ path: {folder}/audit }}\n"
                f"identity: [ {{ api_keys: {{ file: {folder}/api-keys.yaml }} }} ]\n"
            )
        self.command("keys", "init")
        self.key = self.command("keys", "api", "add", "others", "--group", "support")
        self.keys = [self.command("keys", "api", "add", f"caller{n}", "--group", "x") for n in range(8)]
        self.log = open(f"{folder}/log", "wb")
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.gateway = subprocess.Popen(
            [program, "serve", "--config", f"{folder}/cloakroom.yaml"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_DESCRIPTORS, hard)),
        )
        self.wait()

    def command(self, *words):
        command = [self.program, *words, "--config", f"{self.folder}/cloakroom.yaml"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self.gateway.poll() is None:
            try:
                url = f"http://127.0.0.1:{self.admin[1]}/readyz"
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the gateway does not start:\n" + self.tail())

    def tail(self):
        with open(f"{self.folder}/log", errors="replace") as file:
            return "".join(file.readlines()[-10:])

    def peak_mib(self):
        """Most memory that the gateway has held so far (VmHWM, proc(5)), in MiB."""
        with open(f"/proc/{self.gateway.pid}/status") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def end(self):
        self.gateway.kill()
        self.gateway.wait()
        self.log.close()
        ended(self.application)
