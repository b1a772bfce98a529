//! Sessions of web applications, on the paths that Databunker's session store for Express calls.

use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

use crate::people::answer::Reply;
use crate::people::call::Call;
use crate::people::databunker;
use crate::people::databunker::ok;
use crate::people::failure::Failure;
use crate::people::table::Verb;
use crate::subject::Session;

/// Serves a route of sessions.
pub(super) async fn run(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker) = (&call.site.people, call.asker());
    let id = || Uuid::try_parse(call.capture(0)).map_err(|_| Failure::Identifier);
    match verb {
        Verb::List => {
            let person = databunker::person(call).await?;
            let found = people.sessions(&asker, person).await?;
            let rows: Vec<Value> = found.iter().map(row).collect();
            Ok(ok(json!({ "total": rows.len(), "rows": rows })))
        }
        Verb::Create | Verb::Change => {
            let (id, body) = (id()?, call.lenient()?);
            let until = databunker::end(&body, call.site.clock.now())?;
            people.keep_session(&asker, &id, &body, until).await?;
            Ok(ok(json!({ "session": id.to_string() })))
        }
        Verb::Remove => {
            people.end_session(&asker, &id()?).await?;
            Ok(ok(json!({ "result": "done" })))
        }
        Verb::Read => Ok(ok(row(&people.session(&asker, &id()?).await?))),
    }
}

/// Gives a session as Databunker's clients read it: `when` in seconds since 1970.
fn row(session: &Session) -> Value {
    json!({
        "session": session.id.expose(),
        "when": session.at.seconds(),
        "data": databunker::parsed(session.json.expose()),
    })
}
