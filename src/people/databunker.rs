//! The paths of Databunker, so that its clients work unchanged.
//!
//! Every answer of status 2xx has `"status":"ok"`; a refusal has `"status":"error"`, a message, and the
//! status of HTTP that it should have. People are named by `{mode}/{id}`: `token`, or a field of
//! `people.fields` whose class is an identifier, by the last name of its path.

use http::StatusCode;
use serde_json::Value;
use serde_json::json;

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::people::answer::Reply;
use crate::people::call::Call;
use crate::people::failure::BodyFault;
use crate::people::failure::Failure;
use crate::people::sessions;
use crate::people::table::Operation;
use crate::people::table::Verb;
use crate::people::times;
use crate::subject::Change;
use crate::subject::Edit;
use crate::subject::Error;
use crate::subject::ExpirationStatus;

/// Serves a route of Databunker.
pub(super) async fn run(call: &Call<'_>) -> Result<Reply, Failure> {
    match call.row.operation {
        Operation::Status => {
            Ok(Reply::text(StatusCode::OK, "text/plain; charset=utf-8", String::from("OK")))
        }
        Operation::Gone => Err(Failure::Gone),
        Operation::Profile(verb) => profile(call, verb).await,
        Operation::App(verb) => document(call, verb).await,
        Operation::Expiration(verb) => expiration(call, verb).await,
        Operation::Session(verb) => sessions::run(call, verb).await,
        Operation::Lookup
        | Operation::Export
        | Operation::Hold(_)
        | Operation::Retain(_)
        | Operation::Remove(_) => Err(Failure::NoPath),
    }
}

async fn profile(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker) = (&call.site.people, call.asker());
    Ok(match verb {
        Verb::Create => {
            let created = people.create(&asker, &call.lenient()?).await?;
            ok(json!({ "token": created.token.as_str() }))
        }
        Verb::Read | Verb::List => {
            let profile = people.profile(&asker, person(call).await?).await?;
            let data = parsed(profile.data.expose());
            ok(json!({ "token": profile.token.as_str(), "data": data }))
        }
        Verb::Change => {
            let (person, edit) = (person(call).await?, edit(call)?);
            people.change(&asker, person, &edit).await?;
            ok(json!({ "token": people.token(&asker, person).await?.as_str() }))
        }
        Verb::Remove => {
            people.erase(&asker, person(call).await?).await?;
            ok(json!({ "result": "done" }))
        }
    })
}

async fn document(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker, app) = (&call.site.people, call.asker(), call.capture(2));
    let person = person(call).await?;
    Ok(match verb {
        Verb::Read => {
            let document = people.app_document(&asker, person, app).await?;
            let token = people.token(&asker, person).await?;
            ok(json!({ "token": token.as_str(), "data": parsed(document.json.expose()) }))
        }
        Verb::Create | Verb::Change => {
            let edit = if verb == Verb::Create {
                Edit { change: Change::Replace(call.lenient()?), expected: None }
            } else {
                edit(call)?
            };
            people.change_app_document(&asker, person, app, &edit).await?;
            ok(json!({ "token": people.token(&asker, person).await?.as_str() }))
        }
        Verb::Remove => {
            people.remove_app_document(&asker, person, app).await?;
            ok(json!({ "result": "done" }))
        }
        Verb::List => ok(json!({ "apps": people.apps(&asker, person).await? })),
    })
}

async fn expiration(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker) = (&call.site.people, call.asker());
    match verb {
        Verb::Create | Verb::Change => {
            let person = person(call).await?;
            let now = call.site.clock.now();
            let at = times::within(when(&call.lenient()?, now)?, now, call.site.removal);
            let started = people.start_expiration(&asker, person, at).await?;
            Ok(ok(json!({ "exptoken": started.token.expose(), "exptime": at.seconds() })))
        }
        Verb::Remove => {
            people.cancel_expiration(&asker, person(call).await?).await?;
            Ok(ok(json!({})))
        }
        Verb::Read | Verb::List => expiration_status(call).await,
    }
}

/// Answers `"status":"ok"` with further members.
pub(super) fn ok(mut body: Value) -> Reply {
    if let Some(members) = body.as_object_mut() {
        members.insert(String::from("status"), Value::from("ok"));
    }
    Reply::json(StatusCode::OK, &body)
}

/// Finds the person whom the path names.
pub(super) async fn person(call: &Call<'_>) -> Result<SubjectHandle, Failure> {
    let identifier = call.site.people.by_mode(call.capture(0), call.capture(1));
    let identifier = identifier.ok_or(Failure::Mode)?;
    Ok(call.site.people.resolve(&call.asker(), &identifier).await?)
}

/// Tells how a removal stands; of an erased person, named by token, that it has happened.
async fn expiration_status(call: &Call<'_>) -> Result<Reply, Failure> {
    let told = async {
        let person = person(call).await?;
        Ok(call.site.people.expiration(&call.asker(), person).await?)
    };
    let told: Result<_, Failure> = told.await;
    let (state, token) = match told {
        Err(Failure::Subject(Error::NoPerson)) if call.capture(0) == "token" => {
            let erased = call.site.people.was_erased(&call.asker(), call.capture(1)).await?;
            let Some(at) = erased else { return Err(Error::NoPerson.into()) };
            return Ok(ok(
                json!({ "exptime": at.seconds(), "expstatus": "expired", "exptoken": "" }),
            ));
        }
        told => told?,
    };
    let status = match state.status {
        ExpirationStatus::None | ExpirationStatus::Cancelled => "",
        ExpirationStatus::Wait => "wait",
        ExpirationStatus::Retained => "retain",
    };
    let token = token.as_ref().map(|token| token.expose().as_str()).unwrap_or_default();
    let body = json!({ "exptime": state.at.seconds(), "expstatus": status, "exptoken": token });
    Ok(ok(body))
}

/// Reads how a document changes; there are no revisions on these paths.
fn edit(call: &Call<'_>) -> Result<Edit, Failure> {
    let change = Change::of(call.lenient()?).map_err(Error::Unacceptable)?;
    Ok(Edit { change, expected: None })
}

/// Reads `expiration`, and `status`, which may be `wait` only.
fn when(body: &Value, now: Timestamp) -> Result<Timestamp, Failure> {
    if body.get("status").is_some_and(|status| status != "wait") {
        return Err(Failure::Body(BodyFault::Member));
    }
    end(body, now)?.ok_or(Failure::Body(BodyFault::Member))
}

/// Reads `expiration` where it may be left out.
pub(super) fn end(body: &Value, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    match body.get("expiration") {
        Some(Value::String(text)) => times::read(text, now).map(Some),
        Some(Value::Number(number)) => times::read(&number.to_string(), now).map(Some),
        Some(_) => Err(Failure::Body(BodyFault::Member)),
        None => Ok(None),
    }
}

/// Gives a document of ours as a value again.
pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
