"""HTTP/1.1 on asyncio streams, as little of it as the suite needs: its own client, its own upstream."""

import asyncio

from suite.message import Forwarded


class Closed(Exception):
    """The other side closed the connection."""


async def read_head(reader):
    """The start line and the fields of a message."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise Closed from error
    start, *lines = head[:-4].split(b"\r\n")
    fields = []
    for line in lines:
        name, _, value = line.partition(b":")
        fields.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
    return start.decode("latin-1"), fields


def field(fields, name):
    return next((value for key, value in fields if key.lower() == name), None)


async def read_body(reader, fields):
    if "chunked" in (field(fields, "transfer-encoding") or ""):
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body
    return await reader.readexactly(int(field(fields, "content-length") or 0))


class Client:
    """A connection that is opened again when the server has closed it."""

    def __init__(self, port):
        self.port, self.streams = port, None

    async def ask(self, data):
        """Sends the bytes of a request; returns status, fields and body of the answer."""
        fresh = self.streams is None
        if fresh:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        reader, writer = self.streams
        try:
            writer.write(data)
            start, fields = await read_head(reader)
            status = int(start.split(" ")[1])
            while status < 200:
                start, fields = await read_head(reader)
                status = int(start.split(" ")[1])
            body = await read_body(reader, fields)
        except (Closed, ConnectionError, asyncio.IncompleteReadError) as error:
            self.close()
            if fresh:
                raise Closed from error
            return await self.ask(data)
        if "close" in (field(fields, "connection") or "").lower():
            self.close()
        return status, fields, body

    def close(self):
        if self.streams:
            self.streams[1].close()
            self.streams = None


class Recorder:
    """The upstream: keeps what arrives under the number in its path, and answers with nothing."""

    def __init__(self):
        self.arrived = {}

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 24)
        return self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                start, fields = await read_head(reader)
                method, target, _ = start.split(" ", 2)
                body = await read_body(reader, fields)
                number = int(target.partition("?")[0].rpartition("/")[2])
                self.arrived[number] = Forwarded(method, target, tuple(fields), body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (Closed, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
