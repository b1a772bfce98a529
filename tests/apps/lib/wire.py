"""A relay between the gateway and the application that remembers every byte towards the application."""

import selectors
import socket
import threading
import urllib.parse


class Wire:
    """What is in `seen` is what the application was sent, headers and all."""

    def __init__(self, upstream):
        parts = urllib.parse.urlsplit(upstream)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.seen = bytearray()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(near,), daemon=True).start()

    def relay(self, near):
        # One connection's bytes stay together, so that nothing hides in the gap between two.
        own = bytearray()
        try:
            with near, socket.create_connection(self.target) as far, selectors.DefaultSelector() as both:
                both.register(near, selectors.EVENT_READ, far)
                both.register(far, selectors.EVENT_READ, near)
                while both.get_map():
                    for key, _ in both.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            both.unregister(key.fileobj)
                            key.data.shutdown(socket.SHUT_WR)
                            continue
                        if key.fileobj is near:
                            own += data
                        key.data.sendall(data)
        except OSError:
            pass  # either side may hang up; what was sent has been kept
        finally:
            with self.lock:
                self.seen += own + b"\n--\n"

    def close(self):
        self.listener.close()
