//! Header fields by which some applications choose another path or method than those of the request line:
//! Symfony, Zend and IIS the first two, Next.js the next; gunicorn takes the variables of WSGI from fields of their
//! names. Rails, Express and many others take the methods.
//!
//! The rules of the route were chosen by the request line, so such a field may only say the same.

use http::HeaderName;
use http::Method;
use http::Request;

use crate::engine::Generation;
use crate::proxy::Rejection;
use crate::proxy::inbound;
use crate::rules::Route;
use crate::rules::RuleSet;

static TARGETS: [HeaderName; 2] =
    [HeaderName::from_static("x-original-url"), HeaderName::from_static("x-rewrite-url")];

/// Fields that no client has a reason to send, whatever they say.
static NEVER: [HeaderName; 6] = [
    HeaderName::from_static("x-middleware-rewrite"),
    HeaderName::from_static("x-invoke-path"),
    HeaderName::from_static("script_name"),
    HeaderName::from_static("path_info"),
    HeaderName::from_static("orig_path_info"),
    HeaderName::from_static("unencoded_url"),
];

static METHODS: [HeaderName; 4] = [
    HeaderName::from_static("x-http-verb"),
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-method-override"),
];

/// Refuses, on this route with rules, a field that asks for another path or method. A `POST` may ask for a
/// method that changes something, too, when the route is the same.
pub(super) fn check<B>(
    rules: &RuleSet,
    route: &Route,
    request: &Request<B>,
) -> Result<(), Rejection> {
    let host = inbound::host(request.headers());
    let leads_here = |method: Option<&str>| {
        let method = method.unwrap_or_default().trim().to_ascii_uppercase();
        let changes = ["PUT", "PATCH", "DELETE"].contains(&method.as_str());
        let found = rules.find(host, &method, request.uri().path());
        let is_same = found.is_ok_and(|found| found.is_some_and(|found| found.id == route.id));
        request.method() == Method::POST && changes && is_same
    };
    let others = has_one_of(&NEVER, request)
        || others(request, &TARGETS, says_target).next().is_some()
        || !others(request, &METHODS, says_method).all(leads_here);
    if others { Err(Rejection::Rerouting) } else { Ok(()) }
}

/// Refuses, on a route without rules, a field that asks for a path or a method of a route with rules, and one
/// that cannot be read.
pub(super) fn check_unruled<B>(
    generation: &Generation,
    request: &Request<B>,
) -> Result<(), Rejection> {
    // Most requests have no such field, and are looked at once.
    if !request.headers().keys().any(|name| may_reroute(name.as_str())) {
        return Ok(());
    }
    if has_one_of(&NEVER, request) {
        return Err(Rejection::Rerouting);
    }
    let mut targets = vec![request.uri().path()];
    for target in others(request, &TARGETS, says_target) {
        let path = target.and_then(path_of).ok_or(Rejection::Rerouting)?;
        targets.push(path);
    }
    let mut methods = vec![request.method().as_str().to_owned()];
    for method in others(request, &METHODS, says_method) {
        methods.push(method.ok_or(Rejection::Rerouting)?.trim().to_ascii_uppercase());
    }
    if targets.len() == 1 && methods.len() == 1 {
        return Ok(());
    }
    let host = inbound::host(request.headers());
    for (target, method) in targets.iter().flat_map(|t| methods.iter().map(move |m| (t, m))) {
        match generation.rules.route(host, method, target) {
            Ok(route) if !route.as_ref().is_some_and(|route| route.has_rules()) => {}
            Ok(_) | Err(_) => return Err(Rejection::Rerouting),
        }
    }
    Ok(())
}

fn has_one_of<B>(names: &[HeaderName], request: &Request<B>) -> bool {
    names.iter().any(|name| request.headers().contains_key(name))
}

/// Whether a name could be one of those above: a look at a few letters.
fn may_reroute(name: &str) -> bool {
    name.starts_with("x-") || name.contains('_')
}

/// The values of these fields that do not say what the request line says; none inside for one that is no
/// text.
fn others<'a, B>(
    request: &'a Request<B>,
    names: &'static [HeaderName],
    says: fn(&Request<B>, &str) -> bool,
) -> impl Iterator<Item = Option<&'a str>> {
    let values = names.iter().flat_map(|name| request.headers().get_all(name));
    let texts = values.map(|value| value.to_str().ok());
    texts.filter(move |text| !text.is_some_and(|text| says(request, text)))
}

fn says_target<B>(request: &Request<B>, text: &str) -> bool {
    let uri = request.uri();
    text == uri.path() || uri.path_and_query().is_some_and(|target| target.as_str() == text)
}

fn says_method<B>(request: &Request<B>, text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(request.method().as_str())
}

/// The path of a target in one of its forms.
fn path_of(target: &str) -> Option<&str> {
    let rooted = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"),
        None => target,
    };
    let path = rooted.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/').then_some(path)
}
