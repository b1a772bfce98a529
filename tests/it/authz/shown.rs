//! Whether a caller could see a class somewhere, sometime.

use proptest::prelude::*;

use super::remembered::POOL;
use super::remembered::asks;
use super::*;

const SHOWS: [Action; 2] = [Action::Reveal, Action::Mask];

fn shown(set: &PolicySet, principal: &Principal, class: &str, routes: &[&str]) -> bool {
    let routes: Vec<_> = routes.iter().map(|name| RouteId::new(name).unwrap()).collect();
    set.could_show(principal, &DataClass::new(class).unwrap(), &routes, &SHOWS)
}

#[test]
fn a_class_is_shown_to_whom_some_route_shows_it() {
    let set = policies(
        r#"permit (principal in Group::"support", action == Action::"reveal", resource in Class::"contact");
           permit (principal in Group::"clerks", action == Action::"mask", resource in Route::"orders");
           permit (principal, action == Action::"submit", resource);"#,
    );
    let (support, clerk) = (user("sam", &["support"], &[]), user("ann", &["clerks"], &[]));
    assert!(shown(&set, &support, "email", &["users", "orders"]));
    assert!(!shown(&set, &support, "card", &["users", "orders"]));
    assert!(shown(&set, &clerk, "card", &["users", "orders"]));
    assert!(!shown(&set, &clerk, "card", &["users"]));
    assert!(!shown(&set, &Principal::anonymous(), "email", &["users", "orders"]));
    assert!(!shown(&set, &support, "email", &[]), "no route reveals it");
}

#[test]
fn another_purpose_hour_method_or_address_is_reckoned_with() {
    let set = policies(
        r#"permit (principal in Group::"support", action == Action::"reveal", resource)
             when { context.purpose == "ticket" && principal.hasTag("desk") };
           permit (principal in Group::"night", action == Action::"reveal", resource) when { context.hour < 6 };
           forbid (principal in Group::"night", action, resource) unless { context.method == "GET" };
           permit (principal in Group::"out", action == Action::"reveal", resource);
           forbid (principal in Group::"out", action, resource in Class::"card");"#,
    );
    let desk = [("desk", Claim::Text("1".into()))];
    assert!(shown(&set, &user("a", &["support"], &desk), "email", &["users"]));
    assert!(!shown(&set, &user("a", &["support"], &[]), "email", &["users"]));
    assert!(shown(&set, &user("a", &["night"], &[]), "email", &["users"]));
    assert!(shown(&set, &user("a", &["out"], &[]), "email", &["users"]));
    assert!(!shown(&set, &user("a", &["out"], &[]), "card", &["users"]));
}

#[test]
fn ones_own_data_does_not_make_that_of_others_visible() {
    let set = policies(EXAMPLES);
    assert!(!shown(&set, &user("sam", &[], &[]), "email", &["users", "orders"]));
    assert!(shown(&set, &user("sam", &["support"], &[]), "email", &["users", "orders"]));
}

proptest! {
    /// Whatever is permitted in some context could be shown.
    #[test]
    fn nothing_is_shown_that_could_not_be(
        texts in prop::sample::subsequence(POOL.to_vec(), 0..POOL.len()),
        ask in asks(),
    ) {
        let set = policies(&texts.join("\n"));
        let sees = ask.action != Action::Submit && !ask.own && ask.allowed(&set);
        let route = std::slice::from_ref(&ask.route);
        prop_assert!(!sees || set.could_show(&ask.principal, &ask.class, route, &SHOWS));
    }
}
