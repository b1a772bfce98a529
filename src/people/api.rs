//! The API of this product: `/v1`, JSON, problems ([RFC 9457]), revisions as entity tags.

use http::StatusCode;
use http::header;
use serde::Deserialize;
use serde_json::json;

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::people::answer::Reply;
use crate::people::call::Call;
use crate::people::failure::BodyFault;
use crate::people::failure::Failure;
use crate::people::table::Operation;
use crate::people::table::Verb;
use crate::subject::Change;
use crate::subject::Edit;
use crate::subject::Error;
use crate::subject::ExpirationStatus;
use crate::subject::Hold;
use crate::token::PersonToken;

/// By what `POST /v1/lookup` names people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lookup {
    /// One of the classes of `people.identifiers`; none for the application's own id.
    class: Option<String>,
    value: String,
}

/// Until when, in RFC 3339.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    at: jiff::Timestamp,
}

/// A hold, as it is set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHold {
    reason: String,
    law: String,
    until: jiff::Timestamp,
}

/// Serves a route of the API.
pub(super) async fn run(call: &Call<'_>) -> Result<Reply, Failure> {
    match call.row.operation {
        Operation::Lookup => lookup(call).await,
        Operation::Export => {
            let exported = call.site.people.export(&call.asker(), person(call).await?).await?;
            Ok(document_text(exported.expose()))
        }
        Operation::Profile(Verb::Create) => create(call).await,
        Operation::Profile(verb) => profile(call, verb).await,
        Operation::App(verb) => document(call, verb).await,
        Operation::Expiration(verb) => expiration(call, verb).await,
        Operation::Hold(verb) => hold(call, verb).await,
        Operation::Status
        | Operation::Gone
        | Operation::Session(_)
        | Operation::Retain(_)
        | Operation::Remove(_) => Err(Failure::NoPath),
    }
}

async fn lookup(call: &Call<'_>) -> Result<Reply, Failure> {
    let Lookup { class, value } = body(call)?;
    let people = &call.site.people;
    let who = people.by_class(class.as_deref(), &value).ok_or(Failure::Mode)?;
    let found = people.lookup(&call.asker(), &who).await?;
    let tokens: Vec<&str> = found.iter().map(PersonToken::as_str).collect();
    Ok(Reply::json(StatusCode::OK, &json!({ "subjects": tokens })))
}

async fn create(call: &Call<'_>) -> Result<Reply, Failure> {
    let created = call.site.people.create(&call.asker(), &call.json()?).await?;
    let token = created.token.as_str();
    let location = format!("/v1/subjects/{token}");
    let reply = Reply::json(StatusCode::CREATED, &json!({ "subject": token }));
    Ok(reply.tagged(created.revision).with(header::LOCATION, &location))
}

async fn profile(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker, person) = (&call.site.people, call.asker(), person(call).await?);
    Ok(match verb {
        Verb::Create | Verb::Read | Verb::List => {
            let profile = people.profile(&asker, person).await?;
            document_text(profile.data.expose()).tagged(profile.revision)
        }
        Verb::Change => {
            let revision = people.change(&asker, person, &edit(call)?).await?;
            Reply::nothing().tagged(revision)
        }
        Verb::Remove => {
            let erased = people.erase(&asker, person).await?;
            let body = json!({
                "erasure": erased.id.to_string(), "at": erased.at.date(),
                "records": erased.records, "documents": erased.documents,
            });
            Reply::json(StatusCode::OK, &body)
        }
    })
}

async fn document(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker, app) = (&call.site.people, call.asker(), call.capture(1));
    let person = person(call).await?;
    Ok(match verb {
        Verb::List => {
            let apps = people.apps(&asker, person).await?;
            Reply::json(StatusCode::OK, &json!({ "documents": apps }))
        }
        Verb::Read => {
            let found = people.app_document(&asker, person, app).await?;
            document_text(found.json.expose()).tagged(found.revision)
        }
        Verb::Create | Verb::Change => {
            let edit = edit(call)?;
            let revision = people.change_app_document(&asker, person, app, &edit).await?;
            Reply::nothing().tagged(revision)
        }
        Verb::Remove => {
            let revision = people.remove_app_document(&asker, person, app).await?;
            Reply::nothing().tagged(revision)
        }
    })
}

async fn expiration(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker, person) = (&call.site.people, call.asker(), person(call).await?);
    Ok(match verb {
        Verb::Read | Verb::List => {
            let (state, _token) = people.expiration(&asker, person).await?;
            let status = match state.status {
                ExpirationStatus::None => "none",
                ExpirationStatus::Wait => "wait",
                ExpirationStatus::Retained => "retained",
                ExpirationStatus::Cancelled => "cancelled",
            };
            let at = (state.flow > 0).then(|| state.at.date());
            Reply::json(StatusCode::OK, &json!({ "status": status, "at": at }))
        }
        Verb::Create | Verb::Change => {
            let at = removal(call)?;
            let started = people.start_expiration(&asker, person, at).await?;
            let (url, token) = (&call.site.url, started.token.expose());
            let body = json!({
                "at": at.date(),
                "retain": format!("{url}/v1/exp/retain/{token}"),
                "remove": format!("{url}/v1/exp/delete/{token}"),
            });
            Reply::json(StatusCode::OK, &body)
        }
        Verb::Remove => {
            people.cancel_expiration(&asker, person).await?;
            Reply::nothing()
        }
    })
}

async fn hold(call: &Call<'_>, verb: Verb) -> Result<Reply, Failure> {
    let (people, asker, person) = (&call.site.people, call.asker(), person(call).await?);
    Ok(match verb {
        Verb::Create | Verb::Change => {
            let NewHold { reason, law, until } = body(call)?;
            people.hold(&asker, person, &Hold { reason, law, until: timestamp(until)? }).await?;
            Reply::nothing()
        }
        Verb::Remove => {
            people.release_hold(&asker, person).await?;
            Reply::nothing()
        }
        Verb::Read | Verb::List => {
            let hold = people.held(&asker, person).await?.ok_or(Error::NoDocument)?;
            let body =
                json!({ "reason": hold.reason, "law": hold.law, "until": hold.until.date() });
            Reply::json(StatusCode::OK, &body)
        }
    })
}

async fn person(call: &Call<'_>) -> Result<SubjectHandle, Failure> {
    let people = &call.site.people;
    let who = people.by_token(call.capture(0)).ok_or(Failure::Identifier)?;
    Ok(people.resolve(&call.asker(), &who).await?)
}

/// Reads a body of this form. Refuses members that it does not have.
fn body<T: for<'de> Deserialize<'de>>(call: &Call<'_>) -> Result<T, Failure> {
    serde_json::from_value(call.json()?).map_err(|_| Failure::Body(BodyFault::Member))
}

/// Reads how a document changes: `PUT` replaces it, `PATCH` merges or patches. Refuses a change without
/// `If-Match`.
fn edit(call: &Call<'_>) -> Result<Edit, Failure> {
    let (expected, body) = (call.if_match()?, call.json()?);
    let change = match call.asker().method {
        "PUT" => Change::Replace(body),
        _ => Change::of(body).map_err(Error::Unacceptable)?,
    };
    Ok(Edit { change, expected })
}

/// Reads when a removal is to happen. Refuses what is too soon or too late.
fn removal(call: &Call<'_>) -> Result<Timestamp, Failure> {
    let Removal { at } = body(call)?;
    let at = timestamp(at)?;
    let now = call.site.clock.now();
    let within = crate::people::times::within(at, now, call.site.removal);
    if within == at { Ok(at) } else { Err(Failure::Time) }
}

/// Answers a document of ours.
fn document_text(text: &str) -> Reply {
    Reply::text(StatusCode::OK, "application/json", text.to_owned())
}

fn timestamp(at: jiff::Timestamp) -> Result<Timestamp, Failure> {
    u64::try_from(at.as_microsecond()).map(Timestamp).map_err(|_| Failure::Time)
}
