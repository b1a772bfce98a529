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

/// Refuses a head whose framing is in doubt; the bytes are those of the wire.
pub fn preview_head(head: &[u8], limits: &Limits) -> Result<(), Rejection> {
    match Scanner::new(Bounds::from(limits)).scan(head).stop {
        Some(Stop::Head(fault) | Stop::Body(fault)) => Err(Rejection::Framing(fault)),
        Some(Stop::Upgrade) | None => Ok(()),
    }
}

/// Refuses what is refused of a request that was read, on a route with rules or on one without.
pub fn preview<B>(request: &Request<B>, has_rules: bool) -> Result<(), Rejection> {
    let headers: &HeaderMap = request.headers();
    inbound::check_head(headers)?;
    if has_rules && upgrade::is_asked(request) {
        return Err(Rejection::UpgradeDenied);
    }
    if has_rules { rerouting::check(request) } else { Ok(()) }
}
