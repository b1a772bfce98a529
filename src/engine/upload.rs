//! A multipart form that is too long to be read whole: its files pass while they come, and every other
//! part is protected before it goes on.
//!
//! A form that is refused in the middle has sent its beginning already, protected; the connection to
//! the application is broken off, so that it cannot take the beginning for the whole. Rules that need
//! several parts at once (filters, the subject) cannot be followed here: such forms are refused for
//! their length.

use bytes::Bytes;
use futures_util::Stream;
use futures_util::StreamExt;
use http::HeaderMap;
use http::Request;

use crate::document::Format;
use crate::document::Parts;
use crate::document::Piece;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Side;
use crate::engine::Treatment;
use crate::engine::assemble;
use crate::engine::content;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::part::Part;
use crate::engine::part::Reading;
use crate::engine::part::Slot;
use crate::engine::protect::protect;
use crate::engine::sentinel::Watch;
use crate::net::Body;
use crate::net::BodyError;
use crate::rules::Job;
use crate::rules::Route;
use crate::rules::Sentinel;

/// A form on its way.
#[derive(Debug)]
pub struct Upload {
    format: Format,
    parts: Parts,
    watch: Watch,
}

impl Upload {
    /// Starts a form; none when a body of this head and these rules must be read whole. Parts that are
    /// not files may have so many bytes.
    pub fn start(route: &Route, headers: &HeaderMap, part_bytes: usize) -> Option<Self> {
        let rules = route.request.body.as_ref()?;
        let subject = rules.rules.iter().any(|rule| matches!(rule.job, Job::Subject));
        let protects = Side::Request.treatment(route.direction) == Treatment::Protect;
        if subject || !protects || !rules.program.reads_parts_alone() {
            return None;
        }
        let Some(format @ Format::Multipart(boundary)) = content::plain_format(route, headers)
        else {
            return None;
        };
        let parts = Parts::new(boundary, route.options.clone(), part_bytes);
        Some(Self { format, parts, watch: Watch::new(route.options.charset()) })
    }
}

impl Engine {
    /// Protects the next bytes of a form; `last` says that nothing follows. After an error nothing more
    /// of it may be sent.
    pub async fn upload(
        &self,
        exchange: &Exchange<'_>,
        upload: &mut Upload,
        (bytes, last): (&[u8], bool),
    ) -> Result<Cleared<Bytes>, Error> {
        upload.parts.feed(bytes);
        if last {
            upload.parts.end();
        }
        let mut out = Vec::with_capacity(bytes.len());
        let refused = |refusal| Error::Document { place: Slot::Body.place(), refusal };
        while let Some(piece) = upload.parts.next_piece().map_err(refused)? {
            match piece {
                Piece::Through(bytes) => out.extend_from_slice(&bytes),
                Piece::Part(part) => {
                    let (form, before, behind) = upload.parts.alone(&part);
                    let form = self.alone(exchange, upload, Bytes::from(form)).await?;
                    let end = form.len().saturating_sub(behind);
                    out.extend_from_slice(form.get(before..end).ok_or(Error::Assembly)?);
                }
            }
        }
        Ok(Cleared::by_engine(Bytes::from(out)))
    }

    /// Protects a form of one part.
    async fn alone(
        &self,
        exchange: &Exchange<'_>,
        upload: &mut Upload,
        form: Bytes,
    ) -> Result<Bytes, Error> {
        let route = exchange.route;
        let Some(rules) = &route.request.body else { return Err(Error::Assembly) };
        let part = Part {
            slot: Slot::Body,
            reading: Reading::Document(upload.format),
            source: form.clone(),
            coded: None,
            charset: None,
            rules,
            options: &route.options,
        };
        let protected = protect(self, exchange, &[part]).await?;
        let changed = protected.parts.first().cloned().flatten().unwrap_or(form);
        if route.sentinel != Sentinel::Off {
            let (originals, message) = (protected.originals(), [(Place::Body, changed.as_ref())]);
            let leaks = upload.watch.search(&originals, &message);
            self.leaked(exchange, leaks.iter().map(|(class, place)| (class, *place)))?;
            upload.watch.passes(&originals, &message);
        }
        Ok(changed)
    }

    /// Treats the head of a request whose body is an [`Upload`].
    pub async fn head_of_upload(
        &self,
        exchange: &Exchange<'_>,
        head: Request<()>,
        upload: &mut Upload,
    ) -> Result<Cleared<Request<()>>, Error> {
        let request = head.map(|()| Body::Empty);
        let asked = self.asked(exchange, request, Some(&mut upload.watch)).await?;
        Ok(Cleared::by_engine(asked.message.into_message().map(drop)))
    }
}

/// Puts a request together whose body is an [`Upload`]: `pieces` are what [`Engine::upload`] gives.
pub fn uploading(
    head: Cleared<Request<()>>,
    pieces: impl Stream<Item = Result<Cleared<Bytes>, BodyError>> + 'static,
) -> Cleared<Request<Body>> {
    let mut head = head.into_message();
    assemble::length_unknown(head.headers_mut());
    let body = Body::made(pieces.map(|piece| piece.map(Cleared::into_message)));
    Cleared::by_engine(head.map(|()| body))
}
