//! What the data path would refuse of a request before any rule is asked: without a connection, for
//! people who want to know.

use http::HeaderMap;
use http::Request;

use crate::base::Limits;
use crate::proxy::Rejection;
use crate::proxy::framing::Bounds;
use crate::proxy::framing::Scanner;
use crate::proxy::framing::Stop;
use crate::proxy::inbound;
use crate::proxy::rerouting;
use crate::proxy::upgrade;
use crate::rules::Route;
use crate::rules::RuleSet;

/// Refuses a head whose framing is in doubt; the bytes are those of the wire.
pub fn preview_head(head: &[u8], limits: &Limits) -> Result<(), Rejection> {
    match Scanner::new(Bounds::from(limits)).scan(head).stop {
        Some(Stop::Head(fault) | Stop::Body(fault)) => Err(Rejection::Framing(fault)),
        Some(Stop::Upgrade) | None => Ok(()),
    }
}

/// Refuses what is refused of a request that was read; `route` is its route when that has rules.
pub fn preview<B>(
    rules: &RuleSet,
    route: Option<&Route>,
    request: &Request<B>,
) -> Result<(), Rejection> {
    let headers: &HeaderMap = request.headers();
    inbound::check_head(headers)?;
    let Some(route) = route else { return Ok(()) };
    if upgrade::is_asked(request) {
        return Err(Rejection::UpgradeDenied);
    }
    rerouting::check(rules, route, request)
}
