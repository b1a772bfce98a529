"""A small HTTP client: one request at a time, cookies kept, redirects left to the caller."""

import http.client
import json
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        """The first field of this name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def __repr__(self):
        return f"{self.status} {self.header('location')} {self.text[:400]}"


class Client:
    """Speaks to one server as one caller; `headers` go with every request."""

    def __init__(self, url, headers=None):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.headers = dict(headers or {})
        self.cookies = {}

    def request(self, method, target, body=None, headers=None):
        fields = {**self.headers, **(headers or {})}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, target, body=body, headers=fields)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.keep(value)
        return answer

    def keep(self, line):
        pair, *attributes = line.split(";")
        name, _, value = pair.strip().partition("=")
        ages = [a.split("=", 1)[1] for a in map(str.strip, attributes) if a.lower().startswith("max-age=")]
        if value in ("", "deleted", "+", "%20") or "0" in ages:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def get(self, target, **query):
        if query:
            target += ("&" if "?" in target else "?") + urllib.parse.urlencode(query)
        return self.request("GET", target)

    def form(self, target, fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.request("POST", target, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def send_json(self, method, target, value, headers=None):
        body = json.dumps(value, ensure_ascii=False).encode()
        return self.request(method, target, body, {"Content-Type": "application/json", **(headers or {})})
