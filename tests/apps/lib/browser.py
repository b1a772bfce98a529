"""A real browser: Debian's `chromium` and `chromedriver`, spoken to in the WebDriver protocol over plain HTTP."""

import http.client
import json
import os
import re

from lib.service import DEADLINE
from lib.service import NotStarted
from lib.service import Process
from lib.service import wait

ARGUMENTS = [
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,2000",
    # The machine is the whole internet: pictures and fonts of other hosts are not there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Chromium:
    """One window without a profile; it ends with `close`, or with this program."""

    def __init__(self, folder, url):
        self.url, self.session = url, None
        folder.mkdir()
        log = folder / "chromedriver.log"
        self.driver = Process(["chromedriver", "--port=0"], log)
        said = re.compile(r"started successfully on port (\d+)")
        self.port = int(self.driver.ready(lambda: said.search(log.read_text(errors="replace"))).group(1))
        sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
        wanted = {
            "goog:chromeOptions": {"args": [*ARGUMENTS, *sandbox, f"--user-data-dir={folder / 'profile'}"]},
            "goog:loggingPrefs": {"browser": "ALL"},
            "unhandledPromptBehavior": "accept",
            # What is looked for may still be on its way.
            "timeouts": {"implicit": 20_000, "pageLoad": int(DEADLINE * 1000), "script": 60_000},
        }
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def close(self):
        if self.session:
            self.ask("DELETE", f"/session/{self.session}")
            self.session = None
        self.driver.stop()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * DEADLINE)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise NotStarted(f"the browser: {path}: {value['error']}: {value['message'][:500]}")
        return value

    def command(self, name, **body):
        return self.ask("POST", f"/session/{self.session}/{name}", body)

    def headers(self, fields):
        """Sends these fields with every request from now on, as a proxy for single sign-on would add them."""
        self.command("goog/cdp/execute", cmd="Network.enable", params={})
        self.command("goog/cdp/execute", cmd="Network.setExtraHTTPHeaders", params={"headers": fields})

    def forget(self):
        """Forgets all cookies."""
        self.command("goog/cdp/execute", cmd="Network.clearBrowserCookies", params={})

    def open(self, target):
        self.command("url", url=self.url + target)

    def script(self, text, *arguments):
        """Runs a script in the page and gives what it returns."""
        return self.command("execute/sync", script=text, args=list(arguments))

    def until(self, what, text, *arguments):
        """Waits until a script gives something true, and returns that."""
        found = wait(lambda: self.script(text, *arguments), DEADLINE)
        if not found:
            raise NotStarted(f"never came: {what}, on {self.script('return location.pathname')}:\n{self.words()[:1000]}")
        return found

    def element(self, selector):
        return self.command("element", using="css selector", value=selector)

    def act(self, selector, action, **body):
        (number,) = self.element(selector).values()
        return self.command(f"element/{number}/{action}", **body)

    def write(self, selector, text):
        """Types a text over what is in a field."""
        self.act(selector, "clear")
        self.act(selector, "value", text=text)

    def press(self, selector):
        """Clicks on what leads to another page, when it may be clicked, and waits until that is loaded."""
        self.until(f"{selector} that is not disabled", "return !document.querySelector(arguments[0])?.disabled", selector)
        self.script("window.before = true")
        self.act(selector, "click")
        self.until("the next page", "return !window.before && document.readyState === 'complete'")

    def value(self, selector):
        self.element(selector)
        return self.script("return document.querySelector(arguments[0]).value", selector)

    def words(self, selector="body"):
        """What can be read on the screen, with single spaces; not what is hidden."""
        return " ".join((self.script("return document.querySelector(arguments[0])?.innerText", selector) or "").split())

    def errors(self):
        """What the console complained about since the last call: uncaught errors of scripts, and what could not be loaded."""
        return [entry["message"] for entry in self.command("se/log", type="browser") if entry["level"] == "SEVERE"]
