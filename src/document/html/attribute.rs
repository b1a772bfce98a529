//! What an attribute is for, by its name and its element.

use crate::document::html::context::Why;
use crate::document::html::name::Name;

/// The use a browser makes of an attribute value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Shown, posted, or read by a script as data.
    Text,
    /// A URL that is followed or loaded as passive content.
    Url,
    Handler,
    /// Something a value must not take part in.
    Keep(Why),
}

/// Elements whose attributes load code, change the base of all URLs, or send the page elsewhere.
const STEERING: [&[u8]; 15] = [
    b"applet",
    b"base",
    b"embed",
    b"frame",
    b"frameset",
    b"link",
    b"math",
    b"meta",
    b"noscript",
    b"object",
    b"param",
    b"script",
    b"style",
    b"svg",
    b"template",
];

/// Attributes that hold one URL.
const URLS: [&[u8]; 9] = [
    b"action",
    b"background",
    b"cite",
    b"formaction",
    b"href",
    b"icon",
    b"longdesc",
    b"poster",
    b"src",
];

/// Attributes that steer: code and markup of their own (`srcdoc`, `style`), lists of URLs, and the
/// names by which other parts of the page, its styles and its scripts refer to an element. A name
/// is not shown, so nobody misses the value; a value there could stand in for another element.
const STRUCTURE: [&[u8]; 69] = [
    b"accept",
    b"accept-charset",
    b"align",
    b"allow",
    b"anchor",
    b"archive",
    b"aria-activedescendant",
    b"aria-controls",
    b"aria-describedby",
    b"aria-details",
    b"aria-errormessage",
    b"aria-flowto",
    b"aria-labelledby",
    b"aria-owns",
    b"as",
    b"attributionsrc",
    b"autocomplete",
    b"blocking",
    b"charset",
    b"class",
    b"classid",
    b"code",
    b"codebase",
    b"codetype",
    b"command",
    b"commandfor",
    b"contenteditable",
    b"crossorigin",
    b"csp",
    b"data",
    b"dir",
    b"dirname",
    b"dynsrc",
    b"enctype",
    b"event",
    b"exportparts",
    b"for",
    b"form",
    b"formenctype",
    b"formmethod",
    b"formtarget",
    b"headers",
    b"http-equiv",
    b"id",
    b"imagesrcset",
    b"integrity",
    b"is",
    b"itemid",
    b"lang",
    b"language",
    b"list",
    b"lowsrc",
    b"manifest",
    b"method",
    b"name",
    b"nonce",
    b"part",
    b"pattern",
    b"ping",
    b"popovertarget",
    b"rel",
    b"role",
    b"sandbox",
    b"shadowrootmode",
    b"srcdoc",
    b"srcset",
    b"style",
    b"target",
    b"type",
];

/// More of them, by how they begin: attributes in which client-side frameworks keep expressions.
const CODE: [&[u8]; 17] = [
    b"data-action",
    b"data-bind",
    b"data-controller",
    b"data-hx-",
    b"data-ng-",
    b"data-on",
    b"data-sly",
    b"data-th-",
    b"data-v-",
    b"data-x-",
    b"hx-",
    b"ng-",
    b"up-",
    b"usemap",
    b"v-",
    b"x-",
    b"xmlns",
];

/// Whether an attribute holds one URL, on elements that may have it.
pub(super) fn is_url(attribute: &Name) -> bool {
    URLS.contains(&attribute.whole())
}

/// What an attribute is for.
pub(super) fn role(element: &Name, attribute: &Name) -> Role {
    let (whole, beginning) = (attribute.whole(), attribute.beginning());
    if element.long() && !element.beginning().contains(&b'-') {
        return Role::Keep(Why::Attribute);
    }
    if beginning.starts_with(b"on") {
        return Role::Handler;
    }
    if STEERING.contains(&element.whole())
        || attribute.odd()
        || STRUCTURE.contains(&whole)
        || CODE.iter().any(|code| beginning.starts_with(code))
    {
        return Role::Keep(Why::Attribute);
    }
    if is_url(attribute) {
        return Role::Url;
    }
    Role::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Name {
        let mut name = Name::EMPTY;
        text.bytes().for_each(|byte| name.push(byte));
        name
    }

    fn of(element: &str, attribute: &str) -> Role {
        role(&named(element), &named(attribute))
    }

    #[test]
    fn what_is_shown_or_posted_is_text() {
        for attribute in ["value", "TITLE", "alt", "placeholder", "aria-label", "data-email"] {
            assert_eq!(of("input", attribute), Role::Text, "{attribute}");
        }
        assert_eq!(of("p", "data-the-address-of-the-customer-at-home"), Role::Text);
    }

    #[test]
    fn what_steers_the_page_is_kept() {
        for (element, attribute) in [
            ("p", "style"),
            ("iframe", "srcdoc"),
            ("img", "srcset"),
            ("a", "id"),
            ("p", "class"),
            ("p", "@click"),
            ("p", ":href"),
            ("p", "v-html"),
            ("p", "x-data"),
            ("p", "data-bind"),
            ("base", "href"),
            ("meta", "content"),
            ("script", "src"),
            ("use", "xlink:href"),
            ("object", "data"),
            ("p", "[innerhtml]"),
            ("p", "a\"b"),
        ] {
            assert_eq!(of(element, attribute), Role::Keep(Why::Attribute), "{element} {attribute}");
        }
        assert_eq!(of("p", "OnClick"), Role::Handler);
        assert_eq!(of("a", "href"), Role::Url);
    }
}
