//! `demo --once`: one exchange from end to end, told as text.

use crate::demo::Demo;
use crate::demo::Error;
use crate::demo::http::Call;
use crate::demo::http::call;

/// The customer that is sent in.
const CLEAR: [&str; 3] = ["Alice Example", "alice@example.com", "+44 20 7946 0018"];

/// What was sent, stored and seen.
#[derive(Debug, serde::Serialize)]
pub struct OnceReport {
    /// The body that was sent in.
    pub sent: String,
    /// What a caller of group `support` got back.
    pub seen: String,
    /// What a caller without a key got back.
    pub seen_by_nobody: String,
    /// What the application stored.
    pub stored: String,
    /// The journal, newest line first.
    pub audit: String,
    /// Whether the store holds no clear value.
    pub store_is_clean: bool,
    /// Whether the authorised reader saw every value, and nobody else any.
    pub reader_saw_all: bool,
}

impl OnceReport {
    /// Whether the demo shows what it should.
    pub fn is_good(&self) -> bool {
        self.store_is_clean && self.reader_saw_all
    }
}

impl Demo {
    /// Sends a customer in, and reads it back as two different callers.
    pub async fn once(&self) -> Result<OnceReport, Error> {
        let [name, email, phone] = CLEAR;
        let sent = serde_json::json!({ "name": name, "email": email, "phone": phone }).to_string();
        let path = "/api/customers";
        let key = Some(&self.support);
        let post = Call { path, key, json: Some(sent.clone()) };
        let (status, answer) = call(self.gateway, post).await.map_err(Error::io("gateway"))?;
        let search = "/api/customers?email=alice%40example.com";
        let get = |key| Call { path: search, key, json: None };
        let (_, seen) = call(self.gateway, get(key)).await.map_err(Error::io("gateway"))?;
        let (_, nobody) = call(self.gateway, get(None)).await.map_err(Error::io("gateway"))?;
        let stored = self.stored();
        let all = |text: &str| CLEAR.iter().all(|clear| text.contains(clear));
        let none = |text: &str| !CLEAR.iter().any(|clear| text.contains(clear));
        let created = status == 201;
        Ok(OnceReport {
            sent,
            store_is_clean: created && !stored.is_empty() && none(&stored),
            reader_saw_all: all(&answer) && all(&seen) && none(&nobody),
            audit: self.journal(8),
            seen,
            seen_by_nobody: nobody,
            stored,
        })
    }
}
