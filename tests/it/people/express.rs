//! Databunker's session store for Express, from npm and unchanged, in front of this product.

use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use serde_json::json;

use super::site::bunker;
use super::site::json;
use super::site::redis;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Store;

/// The application of `node/shop.js`, in a process of its own.
struct Shop {
    child: Child,
    address: SocketAddr,
}

impl Shop {
    fn start(gateway: &Gateway) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut install = Command::new("bash");
        install.args(["scripts/node-packages", "tests/it/people/node", "session-store"]);
        let output = install.current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let packages = String::from_utf8(output.stdout).unwrap();
        let mut child = Command::new("node")
            .arg(root.join("tests/it/people/node/shop.js"))
            .arg(format!("http://{}/", gateway.people.unwrap()))
            .env("NODE_PATH", root.join(packages.trim()).join("node_modules"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let address = format!("127.0.0.1:{}", port.trim()).parse().unwrap();
        Self { child, address }
    }

    fn visitor(&self, cookie: &str) -> Caller {
        Caller::anonymous(self.address).with("cookie", cookie)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn express_keeps_its_sessions_over_a_restart() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let mut gateway = site.serve();
        bunker(&gateway).post("/v1/user", r#"{"login":"ann"}"#);
        let shop = Shop::start(&gateway);
        let first = Caller::anonymous(shop.address).get("/");
        let (id, guest) = (word(&first, "id"), cookie(&first));
        assert_eq!(json(&shop.visitor(&guest).get("/")), json!({ "id": id, "views": 2 }));

        gateway.stop();
        drop(shop);
        let gateway = site.serve();
        let shop = Shop::start(&gateway);
        assert_eq!(json(&shop.visitor(&guest).get("/")), json!({ "id": id, "views": 3 }));

        // Who logs in gets another session, which is theirs from then on.
        let login = shop.visitor(&guest).post("/login", "");
        assert_eq!(login.status, 200, "{login:?}");
        let sessions = || json(&bunker(&gateway).get("/v1/sessions/login/ann"));
        assert_eq!(sessions()["rows"][0]["session"], json!(word(&login, "id")));
        let ann = cookie(&login);
        assert_eq!(json(&shop.visitor(&ann).get("/"))["views"], json!(1));
        assert_eq!(sessions()["rows"][0]["data"]["views"], json!(1));
        assert_eq!(shop.visitor(&ann).post("/logout", "").status, 200);
        assert_eq!(sessions()["total"], json!(0));

        // Sessions that are lost start anew.
        for lost in [guest, ann] {
            let anew = json(&shop.visitor(&lost).get("/"));
            assert_eq!(anew["views"], json!(1), "{anew}");
        }
    }
}

/// The name and value of the cookie that an answer sets.
#[track_caller]
fn cookie(answer: &Answer) -> String {
    let field = answer.field("set-cookie").unwrap();
    field.split(';').next().unwrap().to_owned()
}
