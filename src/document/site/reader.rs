//! A text without markup, followed byte by byte.

use crate::document::html::Context;
use crate::document::html::Machine;
use crate::document::site::Before;
use crate::document::site::Doubts;
use crate::document::site::Json;
use crate::document::site::Site;
use crate::document::site::prose;
use crate::document::site::read_escapes;

/// Follows a text, and knows in what each place of it stands.
#[derive(Debug)]
pub(crate) struct Reader {
    host: Box<[u8]>,
    json: Json,
    /// The text as a page.
    page: Machine,
}

impl Reader {
    /// Starts at the beginning of a text of this host.
    pub(crate) fn new(host: &str) -> Self {
        let host = host.to_ascii_lowercase().into_bytes();
        Self { page: Machine::new(false, &host), json: Json::new(), host: host.into() }
    }

    pub(crate) fn run(&mut self, bytes: &[u8]) {
        self.json.run(bytes);
        self.page.run(bytes);
    }

    /// Says in what a token stands between these bytes, when all before it has been read. Of what stands
    /// before it the last [`super::WINDOW`] bytes are enough, of what stands behind it the next byte.
    pub(crate) fn site(&self, before: &[u8], after: &[u8]) -> Site {
        if let Some(site) = string(&self.json, before, after, &self.host) {
            return site;
        }
        let site = prose::of(Before::new(before, before.len()), &self.host);
        if is_text(&self.page) { site } else { with(site, Doubts::TAG) }
    }
}

/// Says in what a token in a string of JSON stands; none outside of one.
pub(in crate::document) fn string(
    json: &Json,
    before: &[u8],
    after: &[u8],
    host: &[u8],
) -> Option<Site> {
    let text = json.string(before)?;
    let site = if text.is_nothing() && after.starts_with(b"\"") {
        Site::of(Context::Plain)
    } else {
        let read = read_escapes(text.bytes());
        let since = if text.is_whole() { read.len() } else { usize::MAX };
        let mut page = Machine::new(false, host);
        page.run(&read);
        let site = prose::of(Before::new(&read, since), host);
        if text.is_whole() && is_text(&page) { site } else { with(site, Doubts::TAG) }
    };
    Some(Site { is_string: true, ..site })
}

fn is_text(page: &Machine) -> bool {
    matches!(page.context(), Context::Text { .. })
}

fn with(site: Site, doubts: Doubts) -> Site {
    match site.url {
        Some(_) => site,
        None => Site { doubts: site.doubts | doubts, ..site },
    }
}
