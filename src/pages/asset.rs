//! The style sheet and the script, named by their hash: what has this name never changes.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use http::HeaderValue;
use http::Response;
use http::header;
use sha2::Digest;
use sha2::Sha256;

use super::response::same_origin;

/// A file of the program that pages refer to.
pub(super) struct Asset {
    /// Where it is served.
    pub(super) path: String,
    kind: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(bytes: &'static [u8], ending: &str, kind: &'static str) -> Self {
        let mut name = HEXLOWER.encode(&Sha256::digest(bytes));
        name.truncate(32);
        Self { path: format!("/assets/{name}.{ending}"), kind, bytes }
    }
}

/// The style sheet of all pages.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(include_bytes!("assets/page.css"), "css", "text/css; charset=utf-8")
});

/// The script of all pages, which none of them needs.
pub(super) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(include_bytes!("assets/page.js"), "js", "text/javascript; charset=utf-8")
});

/// Returns the response for the path of an asset; `None` for every other path, such as the name that
/// an older version gave it.
pub fn asset(path: &str) -> Option<Response<&'static [u8]>> {
    let asset = [&*STYLE, &*SCRIPT].into_iter().find(|asset| asset.path == path)?;
    let mut response = Response::new(asset.bytes);
    let fields = response.headers_mut();
    same_origin(fields);
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    fields.insert(header::CACHE_CONTROL, forever);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_short() {
        assert!(SCRIPT.bytes.len() < 4096, "{}", SCRIPT.bytes.len());
    }

    #[test]
    fn assets_are_found_by_their_hash_alone() {
        let found = asset(&STYLE.path).unwrap();
        assert_eq!(found.headers()["content-type"], "text/css; charset=utf-8");
        assert_eq!(found.headers()["cache-control"], "public, max-age=31536000, immutable");
        for path in ["/assets/page.css", "/assets/", "", "/assets/../page.css"] {
            assert!(asset(path).is_none(), "{path}");
        }
    }
}
