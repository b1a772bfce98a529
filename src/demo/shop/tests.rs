use std::future::Future;
use std::path::Path;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::html::escape;
use super::serve;

/// Runs the shop on a free port while `visit` uses it, then shuts it down.
async fn open_shop<V: Future<Output = ()>>(folder: &Path, visit: impl FnOnce(Visitor) -> V) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let visitor = Visitor { address: listener.local_addr().unwrap().to_string() };
    let (close, closed) = oneshot::channel::<()>();
    let shop = serve(listener, folder.join("customers.json"), async {
        let _sender_gone = closed.await;
    });
    let visit = async {
        visit(visitor).await;
        drop(close);
    };
    let (served, ()) = tokio::join!(shop, visit);
    served.unwrap();
}

struct Visitor {
    address: String,
}

impl Visitor {
    /// Sends one request; gives the whole answer as text.
    async fn send(&self, line: &str, media_type: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: {media_type}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn get(&self, target: &str) -> String {
        self.send(&format!("GET {target}"), "text/plain", "").await
    }

    async fn post_form(&self, target: &str, body: &str) -> String {
        self.send(&format!("POST {target}"), "application/x-www-form-urlencoded", body).await
    }

    async fn json(&self, line: &str, body: &str) -> String {
        self.send(line, "application/json", body).await
    }
}

const ALICE: &str = r#"{"name":"Alice","email":"alice@example.com","phone":"+1 555 0100"}"#;

#[tokio::test]
async fn a_form_post_is_in_the_list_the_api_and_the_file() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        let form = "name=Zo%C3%AB+O%27Neil&email=zoe%40example.com&phone=%2B1+555&note=a%26b";
        let answer = visitor.post_form("/customers", form).await;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        assert!(answer.contains("location: /customers"), "{answer}");

        let page = visitor.get("/customers").await;
        assert!(page.contains("<td>Zoë O&#39;Neil</td>"), "{page}");
        assert!(page.contains("<td>a&amp;b</td>"), "{page}");
        let api = visitor.get("/api/customers/1").await;
        assert!(api.ends_with(
            r#"{"id":1,"name":"Zoë O'Neil","email":"zoe@example.com","phone":"+1 555","note":"a&b"}"#
        ));
    })
    .await;
    let file = std::fs::read_to_string(folder.path().join("customers.json")).unwrap();
    assert!(file.contains("\"email\": \"zoe@example.com\""), "{file}");
}

#[tokio::test]
async fn the_edit_form_shows_a_customer_and_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        visitor.json("POST /api/customers", ALICE).await;
        let form = visitor.get("/customers/1/edit").await;
        assert!(
            form.contains(r#"name="email" maxlength="64" value="alice@example.com""#),
            "{form}"
        );

        let change = "name=Alice+Cooper&email=alice%40example.com&phone=&note=";
        assert!(visitor.post_form("/customers/1", change).await.starts_with("HTTP/1.1 303 "));
        assert!(visitor.get("/customers").await.contains("<td>Alice Cooper</td>"));
    })
    .await;
}

#[tokio::test]
async fn the_api_creates_reads_changes_and_deletes() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        let made = visitor.json("POST /api/customers", ALICE).await;
        assert!(made.starts_with("HTTP/1.1 201 "), "{made}");
        assert!(made.contains("location: /api/customers/1"), "{made}");

        let changed = ALICE.replace("Alice", "Alicia");
        let put = visitor.json("PUT /api/customers/1", &changed).await;
        assert!(put.contains(r#""name":"Alicia""#), "{put}");

        assert!(visitor.json("DELETE /api/customers/1", "").await.starts_with("HTTP/1.1 204 "));
        assert!(visitor.get("/api/customers/1").await.starts_with("HTTP/1.1 404 "));
        assert!(visitor.get("/api/customers").await.ends_with("\r\n[]"));
    })
    .await;
}

#[tokio::test]
async fn search_finds_the_exact_address_on_pages_and_api() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        visitor.json("POST /api/customers", ALICE).await;
        visitor.json("POST /api/customers", &ALICE.replace("alice", "bob")).await;
        let api = visitor.get("/api/customers?email=bob%40example.com").await;
        assert!(api.contains("bob@example.com") && !api.contains("alice@"), "{api}");
        let page = visitor.get("/customers?email=bob%40example.com").await;
        assert!(page.contains("<p>1 customers</p>"), "{page}");
        assert!(visitor.get("/api/customers?email=bob").await.ends_with("\r\n[]"));
    })
    .await;
}

#[tokio::test]
async fn refuses_what_does_not_fit_its_columns_and_a_second_owner_of_an_address() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        visitor.json("POST /api/customers", ALICE).await;
        let again = visitor.json("POST /api/customers", ALICE).await;
        assert!(again.starts_with("HTTP/1.1 409 "), "{again}");

        let long = ALICE.replace("alice@", &format!("{}@", "a".repeat(64)));
        for bad in [long.as_str(), &ALICE.replace('@', "."), &ALICE.replace("Alice", " ")] {
            let answer = visitor.json("POST /api/customers", bad).await;
            assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
        }
        let form = visitor.post_form("/customers", "name=B&email=nobody").await;
        assert!(form.starts_with("HTTP/1.1 422 ") && form.contains(r#"value="nobody""#), "{form}");
    })
    .await;
}

#[tokio::test]
async fn customers_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    open_shop(folder.path(), async |visitor| {
        visitor.json("POST /api/customers", ALICE).await;
    })
    .await;
    open_shop(folder.path(), async |visitor| {
        assert!(visitor.get("/api/customers").await.contains("alice@example.com"));
    })
    .await;
}

#[test]
fn escapes_what_could_leave_its_place() {
    assert_eq!(escape(r#"<a href='x'>"&"#), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}
