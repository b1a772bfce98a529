//! A real browser: Debian's `chromium` and `chromedriver`, spoken to in the `WebDriver` protocol over
//! plain HTTP.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

/// A browser and its driver; both end with it.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts both, without a window; no host but 127.0.0.1 is there.
    pub(crate) fn start() -> Self {
        Self::resolving("")
    }

    /// The same; one host is there, too, whatever port is asked for.
    pub(crate) fn knowing(host: &str, address: SocketAddr) -> Self {
        Self::resolving(&format!("MAP {host} {address}, "))
    }

    fn resolving(hosts: &str) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is not installed (Debian: chromium chromium-driver)");
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.split("successfully on port ").nth(1).map(str::to_owned))
            .expect("chromedriver names its port");
        let address = format!("127.0.0.1:{}", port.trim_end_matches('.'));
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self { driver, address, session: String::new(), profile };
        let hosts = format!("--host-resolver-rules={hosts}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        let data = format!("--user-data-dir={}", browser.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &hosts,
            &data,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "unhandledPromptBehavior": "dismiss",
            // A busy machine is slow, and 30 s are what scripts have otherwise.
            "timeouts": {"script": 120_000},
        }}});
        let answer = browser.ask("POST", "/session", &wanted);
        browser.session = answer["sessionId"].as_str().map(str::to_owned).unwrap();
        browser
    }

    /// One command of the `WebDriver` protocol.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        // No test may hang: what should have come has come long before this ends.
        stream.set_read_timeout(Some(Duration::from_mins(6))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].clone()
    }

    /// One command of the session.
    pub(crate) fn session(&self, command: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{command}", self.session), body)
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.session("url", &json!({ "url": url }));
    }

    /// One command of the developer tools, and what it gives.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.session("goog/cdp/execute", &body)
    }

    /// Presses keys one after the other, as a person does; `\u{e004}` is Tab, `\u{e007}` Enter
    /// [`WebDriver`, section 17.4.2].
    pub(crate) fn press(&self, keys: &str) {
        let press = |key: char| {
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        };
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        self.session(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Runs a script on the page and gives what it returns.
    pub(crate) fn at_once(&self, script: &str) -> Value {
        self.session("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script with arguments and waits for what it hands to the function behind them.
    pub(crate) fn eventually(&self, script: &str, arguments: &Value) -> Value {
        self.session("execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Clicks on the first element of a CSS selector.
    pub(crate) fn click(&self, selector: &str) {
        self.on(selector, "click", &json!({}));
    }

    /// Types a text over what is in a field.
    pub(crate) fn write(&self, selector: &str, text: &str) {
        self.on(selector, "clear", &json!({}));
        self.on(selector, "value", &json!({ "text": text }));
    }

    fn on(&self, selector: &str, action: &str, body: &Value) {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.session("element", &wanted);
        // The one member is named after the standard [WebDriver, section 12].
        let element = found.as_object().and_then(|found| found.values().next()?.as_str());
        self.session(&format!("element/{}/{action}", element.unwrap()), body);
    }

    /// What was executed on a page, after everything that can be provoked has been.
    pub(crate) fn executed(&self, url: &str) -> Vec<String> {
        self.open(url);
        let fired = self.eventually(PROVOKE, &json!([]));
        fired.as_array().unwrap().iter().map(ToString::to_string).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

/// Sends every event that a payload waits for to every element, follows what a script would
/// follow, lets pending loads and tasks end, and answers what fired.
const PROVOKE: &str = "
const done = arguments[0];
const kinds = ['click', 'mouseover', 'mouseenter', 'focus', 'blur', 'toggle', 'error', 'load', 'input'];
for (const element of document.querySelectorAll('*')) {
  for (const kind of kinds) element.dispatchEvent(new Event(kind, { cancelable: true }));
  for (const name of ['href', 'src', 'action', 'formAction']) {
    const url = element.getAttribute(name.toLowerCase()) === null ? '' : String(element[name]);
    if (/^(javascript|data|vbscript):/i.test(url) && url.includes('fire')) fired.push(name + url);
    if (url.includes('//evil.example')) fired.push(name + url);
  }
}
if (document.querySelector('base, meta[http-equiv], frameset')) fired.push('steering');
if (document.cookie) fired.push('cookie');
fetch('/end').then(() => setTimeout(() => requestAnimationFrame(() => done(window.fired))));
";
