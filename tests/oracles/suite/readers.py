"""The readers: frameworks that run for the whole time of the suite and say what they read in a message."""

import asyncio
import base64
import json
import os
import struct

from suite.http import Client
from suite.http import Closed

HOP = {"connection", "content-length", "transfer-encoding", "keep-alive", "te", "trailer", "upgrade", "expect"}


class Reader:
    """A process that ends when its standard input is closed. Subclasses say how it is asked."""

    def __init__(self, name, command, **environment):
        self.name, self.command, self.environment = name, command, environment
        self.asked = self.names = 0
        self.lock = asyncio.Lock()

    async def start(self, log):
        self.process = await asyncio.create_subprocess_exec(
            *map(str, self.command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 24,
            env={**os.environ, **self.environment},
        )
        await self.greet()

    async def greet(self):
        said = json.loads(await self.process.stdout.readline() or b"{}")
        if not said:
            raise RuntimeError(f"{self.name} did not start; see readers.log")
        self.versions = said["versions"]
        return said

    async def read(self, kind, message):
        """What each of its readers made of a message; one question at a time."""
        self.asked += 1
        async with self.lock:
            return await asyncio.wait_for(self.ask(kind, message), 30)

    async def stop(self):
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), 10)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()


class LineReader(Reader):
    """Asked by a line of JSON, answers with one."""

    async def ask(self, kind, message):
        question = {
            "kind": kind,
            "method": message.method,
            "target": message.target,
            "headers": message.headers,
            "body": base64.b64encode(message.body).decode(),
        }
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended at {message!r}")
        return json.loads(line)


class HttpReader(Reader):
    """A server on a port that it prints; gets the message as it is, but for fields of the connection."""

    async def greet(self):
        said = await super().greet()
        self.client = Client(said["port"])

    async def ask(self, kind, message):
        lines = [f"{message.method} {message.target} HTTP/1.1", f"X-Oracle-Kind: {kind}", f"Content-Length: {len(message.body)}"]
        lines += [f"{name}: {value}" for name, value in message.headers if name.lower() not in HOP]
        data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + message.body
        try:
            status, _, body = await self.client.ask(data)
        except Closed:
            if self.process.returncode is not None:
                raise
            return {}
        # What the server itself refuses, nobody reads.
        return json.loads(body) if status == 200 else {}

    async def stop(self):
        self.client.close()
        await super().stop()


class FastCgiReader(Reader):
    """PHP behind FastCGI, as web servers have it: a responder on a socket in the folder of the run."""

    def __init__(self, name, command, script, socket):
        # The process would end after 500 requests by itself.
        super().__init__(name, [*command, "-b", socket], PHP_FCGI_MAX_REQUESTS="0")
        self.script, self.socket, self.streams = script, socket, None

    async def greet(self):
        # It closes a connection on which nothing came for five seconds, and others may start for longer.
        while self.streams is None:
            try:
                await self.connect()
            except (FileNotFoundError, ConnectionRefusedError):
                if self.process.returncode is not None:
                    raise RuntimeError("php-cgi did not start; see readers.log") from None
                await asyncio.sleep(0.02)
        self.streams[1].close()
        self.streams, self.versions = None, ""

    async def connect(self):
        self.streams = await asyncio.open_unix_connection(self.socket, limit=1 << 24)

    async def ask(self, kind, message):
        if self.streams is None:
            await self.connect()
        reader, writer = self.streams
        path, _, query = message.target.partition("?")
        parameters = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": message.method,
            "SCRIPT_FILENAME": str(self.script),
            "SCRIPT_NAME": path,
            "REQUEST_URI": message.target,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(message.body)),
            "REDIRECT_STATUS": "200",
            "HTTP_X_ORACLE_KIND": kind,
        }
        for name, value in message.headers:
            # RFC 3875, section 4.1.18.
            key = name.upper().replace("-", "_")
            if name.lower() not in HOP:
                parameters[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
        pairs = b""
        for name, value in parameters.items():
            pairs += length(name) + length(value) + name.encode("latin-1") + value.encode("latin-1")
        # FastCGI 1.0: begin as a responder and keep the connection (1), parameters (4), standard input (5).
        writer.write(record(1, struct.pack("!HB5x", 1, 1)) + stream(4, pairs) + stream(5, message.body))
        output = b""
        while True:
            _, kind_of_record, _, size, padding, _ = struct.unpack("!BBHHBB", await reader.readexactly(8))
            content = (await reader.readexactly(size + padding))[:size]
            if kind_of_record == 6:
                output += content
            elif kind_of_record == 3:
                break
        _, _, body = output.partition(b"\r\n\r\n")
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise RuntimeError(f"PHP answered {output!r} to {message!r}") from error
        self.versions = answer.get("versions", self.versions)
        return answer

    async def stop(self):
        if self.streams:
            self.streams[1].close()
        self.process.terminate()
        await self.process.wait()


def length(text):
    size = len(text.encode("latin-1"))
    return bytes([size]) if size < 128 else struct.pack("!I", size | 1 << 31)


def record(kind, content):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def stream(kind, data):
    return b"".join(record(kind, data[at : at + 65535]) for at in range(0, len(data), 65535)) + record(kind, b"")


def all_readers(here, target, folder):
    """Every reader, by the name that `--only` takes."""
    jars = ":".join([str(target / "java"), *(target / "jars").read_text().split()])
    return [
        FastCgiReader("php", ["php-cgi", "-d", "max_input_vars=100000"], here / "readers/php.php", folder / "php.sock"),
        LineReader("ruby", ["ruby", here / "readers/ruby.rb"]),
        LineReader("python", [target / "venv/bin/python", here / "readers/python.py"]),
        HttpReader("node", ["node", here / "readers/node.js", target]),
        HttpReader("go", [target / "reader-go"]),
        HttpReader("java", ["java", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-cp", jars, "Reader", folder]),
    ]
