//! The pages that a removal's links open, and what their buttons do.
//!
//! Opening a page changes nothing: scanners of mail follow links. The button posts, and whoever has the link
//! may press it: nobody can guess it. Programs that ask for no HTML are answered `OK`, as Databunker does.

use http::StatusCode;
use uuid::Uuid;

use crate::base::Sensitive;
use crate::pages;
use crate::pages::Csrf;
use crate::pages::Frame;
use crate::pages::LinkToken;
use crate::pages::Page;
use crate::pages::Path;
use crate::pages::link::Done;
use crate::pages::link::End;
use crate::pages::link::Question;
use crate::pages::link::RemovalLink;
use crate::people::answer::Reply;
use crate::people::call::Call;
use crate::people::failure::Failure;
use crate::people::table::Operation;
use crate::people::table::Press;
use crate::subject::Error;

/// Serves the pages of links.
pub(super) async fn run(call: &Call<'_>) -> Result<Reply, Failure> {
    // What is no UUID is no link: told like one that nobody made.
    let token: Uuid = call.capture(0).parse().map_err(|_| Error::NoPerson)?;
    let (people, asker) = (&call.site.people, call.asker());
    let link = LinkToken(token);
    match call.row.operation {
        Operation::Retain(Press::Open) => {
            question(call, &token, Question::Keep, Path::Retain(link)).await
        }
        Operation::Remove(Press::Open) => {
            question(call, &token, Question::Remove, Path::Delete(link)).await
        }
        Operation::Retain(Press::Button) => {
            people.retain_by_link(&asker, &token).await?;
            done(call, End::Kept, Path::Retain(link))
        }
        Operation::Remove(Press::Button) => {
            people.remove_by_link(&asker, &token).await?;
            done(call, End::Removed, Path::Delete(link))
        }
        Operation::Status
        | Operation::Gone
        | Operation::Lookup
        | Operation::Export
        | Operation::Profile(_)
        | Operation::App(_)
        | Operation::Expiration(_)
        | Operation::Session(_)
        | Operation::Hold(_) => Err(Failure::NoPath),
    }
}

async fn question(
    call: &Call<'_>,
    token: &Uuid,
    question: Question,
    here: Path,
) -> Result<Reply, Failure> {
    let state = call.site.people.expiration_by_link(&call.asker(), token).await?;
    let removal = RemovalLink {
        frame: frame(call, here),
        token: LinkToken(*token),
        question,
        removal: state.at.date().unwrap_or_default(),
    };
    page(&removal)
}

fn done(call: &Call<'_>, end: End, here: Path) -> Result<Reply, Failure> {
    if !call.wants_html() {
        return Ok(Reply::text(StatusCode::OK, "text/plain; charset=utf-8", String::from("OK")));
    }
    page(&Done { frame: frame(call, here), end })
}

fn page(page: &impl Page) -> Result<Reply, Failure> {
    pages::answer(StatusCode::OK, page).map(Reply::page).map_err(|_too_long| Failure::NoPath)
}

fn frame(call: &Call<'_>, here: Path) -> Frame {
    let url = &call.site.url;
    let host = url.split("://").last().unwrap_or_default();
    Frame {
        language: call.language(),
        company: host.to_owned(),
        here,
        now: call.site.clock.now().date().unwrap_or_default(),
        request: call.asker().request_id,
        session: None,
        // The link is the secret of these forms; there is no session that another site could use.
        csrf: Csrf(Sensitive::new(String::new())),
        notice: None,
    }
}
