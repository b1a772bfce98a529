//! A multipart form that is too long to be read whole: its files pass while they come, and every other
//! part is protected before it goes on.
//!
//! A form that is refused in the middle has sent its beginning already, protected; the connection to
//! the application is broken off, so that it cannot take the beginning for the whole. Rules that need
//! several parts at once (filters, the subject) cannot be followed here: such forms are refused for
//! their length.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::StreamExt;
use http::HeaderMap;
use http::HeaderValue;
use http::Request;
use http::header;

use crate::document::FormPiece;
use crate::document::Format;
use crate::document::Options;
use crate::document::Parts;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::ToUpstream;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Source;
use crate::engine::leg::Treatment;
use crate::engine::leg::request::WholeRequest;
use crate::engine::observe::DataPath;
use crate::engine::observe::Observer;
use crate::engine::read::Document;
use crate::engine::read::Part;
use crate::engine::read::Reading;
use crate::engine::read::Slot;
use crate::engine::read::body;
use crate::engine::unselected::Watch;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::changed;
use crate::net::unpack;
use crate::rules::Job;
use crate::rules::Route;

/// A form on its way.
#[derive(Debug)]
pub struct Upload {
    format: Format,
    parts: Parts,
    watch: Watch,
    observer: DataPath,
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
        let Some(format @ Format::Multipart(boundary)) = body::plain_format(route, headers) else {
            return None;
        };
        let parts = Parts::new(boundary, route.options.clone(), part_bytes);
        Some(Self {
            format,
            parts,
            watch: Watch::of_form(route.options.charset()),
            observer: DataPath::default(),
        })
    }
}

impl Engine {
    /// Treats the head of a request whose body is an [`Upload`].
    pub async fn head_of_upload(
        &self,
        exchange: &Exchange,
        head: Request<()>,
        upload: &mut Upload,
    ) -> Result<Cleared<ToUpstream, Request<()>>, Error> {
        let leg = Leg::new(self, exchange, Side::Request);
        let (head, ()) = head.into_parts();
        let source = WholeRequest::new(head, Some(Bytes::new()), Some(&mut upload.watch));
        let treated = leg.run(source, &mut upload.observer).await?;
        Ok(treated.message.map(|request| request.map(drop)))
    }

    /// Protects the next bytes of a form; `last` says that nothing follows. After an error nothing more
    /// of it may be sent.
    pub async fn upload(
        &self,
        exchange: &Exchange,
        upload: &mut Upload,
        bytes: &[u8],
        last: bool,
    ) -> Result<Cleared<ToUpstream, Bytes>, Error> {
        upload.parts.feed(bytes);
        if last {
            upload.parts.end();
        }
        let mut out = Vec::with_capacity(bytes.len());
        let refused = |refusal| Error::Document { place: Place::Body, refusal };
        let rules = exchange.route.request.body.as_ref().ok_or(Error::Assembly)?;
        while let Some(piece) = upload.parts.next_piece(&rules.program).map_err(refused)? {
            match piece {
                FormPiece::Through(bytes) => out.extend_from_slice(&bytes),
                FormPiece::Part(part) => {
                    let (form, before, behind) = upload.parts.alone(&part);
                    let form = self.part_of_upload(exchange, upload, Bytes::from(form)).await?;
                    upload.parts.count(&part, self.bounds.fields).map_err(refused)?;
                    let end = form.len().saturating_sub(behind);
                    out.extend_from_slice(form.get(before..end).ok_or(Error::Assembly)?);
                }
            }
        }
        Ok(Cleared::by_engine(Bytes::from(out)))
    }

    /// Protects a form of one part.
    async fn part_of_upload(
        &self,
        exchange: &Exchange,
        upload: &mut Upload,
        form: Bytes,
    ) -> Result<Bytes, Error> {
        let turn = self.turn(exchange, form.len() >= unpack::LONG).await?;
        let (format, options) = (upload.format, Arc::clone(upload.parts.options()));
        let mut watch = std::mem::take(&mut upload.watch);
        let mut observer = std::mem::take(&mut upload.observer);
        let treated = self.in_turn(turn, exchange, async move |engine, exchange| {
            let leg = Leg::new(engine, exchange, Side::Request);
            let source = FormPart { format, form, options: &options, watch: &mut watch };
            let form = leg.run(source, &mut observer).await;
            Ok((form, watch, observer))
        });
        let form;
        (form, upload.watch, upload.observer) = treated.await?;
        form
    }
}

/// A form of one part.
struct FormPart<'u, 'a> {
    format: Format,
    form: Bytes,
    options: &'a Options,
    watch: &'u mut Watch,
}

impl<'a> Source<'a> for FormPart<'_, 'a> {
    type Message = Bytes;

    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error> {
        let rules = leg.phase().body.as_ref().ok_or(Error::Assembly)?;
        let (reading, form) = (Reading::Document(self.format), self.form.clone());
        let document = Document::plain(Place::Body, reading, form, rules, self.options);
        Ok(vec![Part::document(Slot::Body, document)])
    }

    fn write(
        self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        _intent: Option<Intent>,
        observer: &mut dyn Observer,
    ) -> Result<Bytes, Error> {
        let changed = parts.first().and_then(|part| part.bytes.clone()).unwrap_or(self.form);
        self.watch.check(leg, &parts, &[(Place::Body, changed.as_ref())], observer)?;
        Ok(changed)
    }
}

/// Puts a request together whose body is an [`Upload`]: `pieces` are what [`Engine::upload`] gives.
pub fn uploading(
    head: Cleared<ToUpstream, Request<()>>,
    pieces: impl Stream<Item = Result<Cleared<ToUpstream, Bytes>, BodyError>> + 'static,
) -> Cleared<ToUpstream, Request<Body>> {
    let mut head = head.into_message();
    let headers = head.headers_mut();
    changed::body(headers, None);
    headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    let body = Body::made(pieces.map(|piece| piece.map(Cleared::into_message)));
    Cleared::by_engine(head.map(|()| body))
}
