//! What is permitted and what is not.

use cloakroom::authz::Denial;

use super::*;

#[test]
fn denies_by_default() {
    let set = PolicySet::load(&[], &vocabulary()).unwrap().0;
    for action in Action::ALL {
        let ask = Ask { action, own: true, ..Ask::support() };
        let denied = set.authorize(&ask.question()).unwrap_err();
        assert_eq!((denied.denial(), denied.policies()), (Denial::NotPermitted, &[][..]));
    }
}

#[test]
fn the_examples_of_the_design_work_as_written() {
    let set = policies(EXAMPLES);

    let permit = set.authorize(&Ask::support().question()).unwrap();
    assert_eq!((permit.class().as_str(), permit.action()), ("email", Action::Reveal));
    assert_eq!(permit.policies(), [Arc::from("access.cedar:2")]);

    assert!(!Ask::support().purpose("marketing").allowed(&set));
    assert!(!Ask { purpose: None, ..Ask::support() }.allowed(&set));
    assert!(!Ask::support().class("card").allowed(&set));
    assert!(!Ask { action: Action::Submit, ..Ask::support() }.allowed(&set));
    assert!(!Ask::by(user("eve", &["sales"], &[])).purpose("ticket").allowed(&set));

    let own = Ask { own: true, ..Ask::by(user("ann", &[], &[])) };
    assert!(own.clone().class("card").allowed(&set));
    assert!(!Ask { own: false, ..own }.allowed(&set));
}

#[test]
fn a_forbid_wins_over_every_permit() {
    let set = policies(
        r#"
        @id("all") permit (principal, action, resource);
        @id("no-cards-abroad") forbid (principal, action, resource in Class::"card")
          unless { context.source.isInRange(ip("10.0.0.0/8")) };
        "#,
    );
    let denied = set.authorize(&Ask::support().class("card").question()).unwrap_err();
    assert_eq!(denied.denial(), Denial::Forbidden);
    assert_eq!(denied.policies(), [Arc::from("no-cards-abroad")]);
    assert!(Ask::support().allowed(&set));

    let inside = ["10.1.2.3", "::ffff:10.1.2.3"].map(|text| text.parse::<IpAddr>().unwrap());
    for source in inside {
        assert!(Ask { source, ..Ask::support().class("card") }.allowed(&set), "{source}");
    }
}

#[test]
fn a_policy_that_fails_denies() {
    // Nothing but the sum of the hour and the largest number fails, and only after one o'clock.
    let set = policies(
        r#"
        @id("all") permit (principal, action, resource);
        @id("sum") forbid (principal, action, resource)
          when { context.hour + 9223372036854775807 < 0 };
        "#,
    );
    let denied = set.authorize(&Ask::support().question()).unwrap_err();
    assert_eq!(
        (denied.denial(), denied.policies()),
        (Denial::PolicyFailed, &[Arc::from("sum")][..])
    );
    assert!(Ask { now: Timestamp(0), ..Ask::support() }.allowed(&set));
}

#[test]
fn a_class_or_route_that_no_rule_file_has_is_denied() {
    let set = policies("permit (principal, action, resource);");
    assert!(Ask::support().allowed(&set));
    assert!(!Ask::support().class("iban").allowed(&set));
    assert!(!Ask::support().route("admin").allowed(&set));
}

#[test]
fn group_names_may_hold_any_characters() {
    let odd = "a\"b\\c::Group::\"support\" é\u{202e}\n";
    let set = policies(&format!("permit (principal in Group::{odd:?}, action, resource);"));
    assert!(Ask::by(user("sam", &[odd], &[])).allowed(&set));
    assert!(!Ask::by(user("sam", &["support"], &[])).allowed(&set));
    assert!(!Ask::by(user(odd, &[], &[])).allowed(&set));
}

#[test]
fn kinds_of_principals_are_apart() {
    let set = policies("permit (principal == Service::\"backup\", action, resource);");
    assert!(!Ask::by(user("backup", &[], &[])).allowed(&set));
    let service = |id: &str| {
        let kind = PrincipalKind::Service;
        Principal::assertion(AuthMethod::ApiKey, kind, id, Vec::new(), BTreeMap::new())
    };
    assert!(Ask::by(service("backup")).allowed(&set));
    assert!(!Ask::by(Principal::anonymous()).allowed(&set));

    let set = policies("permit (principal is Anonymous, action == Action::\"mask\", resource);");
    assert!(Ask { action: Action::Mask, ..Ask::by(Principal::anonymous()) }.allowed(&set));
    assert!(!Ask { action: Action::Mask, ..Ask::by(service("backup")) }.allowed(&set));
}

#[test]
fn every_claim_is_a_set_of_texts() {
    let set = policies(
        r#"permit (principal, action, resource)
           when { principal.hasTag("is") && principal.getTag("is").containsAny(["eu", "7", "true"]) };"#,
    );
    let claims = [
        (Claim::Text("eu".into()), true),
        (Claim::Text("eu us".into()), false),
        (Claim::Number(7), true),
        (Claim::Flag(true), true),
        (Claim::Flag(false), false),
        (Claim::List(Arc::from(["us".into(), "eu".into()])), true),
        (Claim::List(Arc::from([])), false),
    ];
    for (claim, expected) in claims {
        let asked = Ask::by(user("sam", &[], &[("is", claim.clone())])).allowed(&set);
        assert_eq!(asked, expected, "{claim:?}");
    }
    assert!(!Ask::by(Principal::anonymous()).allowed(&set));
}

#[test]
fn time_is_utc_and_whole_seconds() {
    let set = policies(
        r#"permit (principal, action == Action::"reveal", resource)
             when { context.weekday == 7 && context.hour == 20 };
           permit (principal, action == Action::"mask", resource)
             when { context.time < datetime("2026-11-22T20:15:31Z") };
           permit (principal, action == Action::"submit", resource)
             when { context.time.toTime() >= duration("20h15m30s") };"#,
    );
    for action in Action::ALL {
        assert!(Ask { action, ..Ask::support() }.allowed(&set), "{action:?}");
    }
    let next = Timestamp(SUNDAY.0 + 1_000_000);
    assert!(!Ask { action: Action::Mask, now: next, ..Ask::support() }.allowed(&set));
    let hour_ago = Timestamp(SUNDAY.0 - 3_600_000_000);
    assert!(!Ask { now: hour_ago, ..Ask::support() }.allowed(&set));
}

#[test]
fn tells_when_no_policy_could_ever_permit() {
    let set = policies(
        r#"permit (principal in Group::"support", action == Action::"reveal", resource in Class::"contact")
             when { context.purpose == "ticket" };
           permit (principal, action == Action::"mask", resource == Data::"orders/card");
           permit (principal, action == Action::"submit", resource in Route::"users");
           forbid (principal, action == Action::"submit", resource in Class::"phone");"#,
    );
    let could = |action, class: &str, route: &str| {
        set.could_permit(action, &DataClass::new(class).unwrap(), &RouteId::new(route).unwrap())
    };
    assert!(could(Action::Reveal, "email", "orders"));
    assert!(!could(Action::Reveal, "card", "users"));
    assert!(could(Action::Mask, "card", "orders"));
    assert!(!could(Action::Mask, "card", "users"));
    assert!(could(Action::Submit, "email", "users"));
    assert!(!could(Action::Submit, "email", "orders"));
    assert!(!could(Action::Submit, "phone", "users"));
    assert!(!could(Action::Reveal, "email", "elsewhere"));
}

#[test]
fn knows_whether_anybody_asks_whose_data_it_is() {
    assert!(policies(EXAMPLES).reads_own());
    assert!(!policies("permit (principal, action, resource);").reads_own());
}

#[test]
fn the_hash_names_policies_and_vocabulary() {
    let two = [file("a.cedar", EXAMPLES), file("b.cedar", "// nothing")];
    let hash = |files: &[SourceFile], vocabulary: &Vocabulary| {
        PolicySet::load(files, vocabulary).unwrap().0.hash()
    };
    let first = hash(&two, &vocabulary());
    let moved = [file("/etc/x/b.cedar", "// nothing"), file("/etc/x/a.cedar", EXAMPLES)];
    assert_eq!(hash(&moved, &vocabulary()), first);

    let mut wider = vocabulary();
    wider.classes[2].1.push("contact".to_owned());
    assert_ne!(hash(&two, &wider), first);
    assert_ne!(hash(&two[..1], &vocabulary()), first);
}
