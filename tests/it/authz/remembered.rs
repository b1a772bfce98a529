//! Answers from the cache.

use proptest::prelude::*;

use super::*;

/// Policies that read different things; the property takes some of them.
pub(super) const POOL: [&str; 12] = [
    EXAMPLES,
    r"permit (principal, action, resource) when { context.hour < 12 };",
    r"permit (principal, action, resource) when { context.weekday > 3 };",
    r#"permit (principal, action, resource) when { context.time < datetime("1970-01-02") };"#,
    r"permit (principal, action, resource) when { context.source.isLoopback() };",
    r#"forbid (principal, action, resource) unless { context.method == "GET" };"#,
    r#"permit (principal, action, resource)
         when { principal.hasTag("region") && principal.getTag("region").contains("eu") };"#,
    r#"permit (principal == User::"sam", action, resource in Route::"orders");"#,
    r#"forbid (principal, action, resource in Class::"card") when { context.purpose != "x" };"#,
    r"forbid (principal is Anonymous, action, resource) unless { resource.subject_is_principal };",
    r"forbid (principal, action, resource) when { context.hour + 9223372036854775790 < 0 };",
    r#"permit (principal, action == Action::"mask", resource) unless { context.purpose == "" };"#,
];

fn principals() -> impl Strategy<Value = Principal> {
    let claim = prop_oneof![
        Just(Claim::Text("eu".into())),
        Just(Claim::List(Arc::from(["eu".into()]))),
        Just(Claim::Number(1)),
    ];
    let known = (
        prop_oneof![Just("sam"), Just("ann")],
        prop::option::of(Just("support")),
        prop::option::of(claim),
    );
    prop_oneof![
        1 => Just(Principal::anonymous()),
        4 => known.prop_map(|(id, group, claim)| {
            let claims: Vec<_> = claim.into_iter().map(|claim| ("region", claim)).collect();
            user(id, group.as_slice(), &claims)
        }),
    ]
}

pub(super) fn asks() -> impl Strategy<Value = Ask> {
    let what = (
        prop::sample::select(Action::ALL.to_vec()),
        prop::sample::select(vec!["email", "card", "iban"]),
        prop::sample::select(vec!["users", "orders"]),
        any::<bool>(),
    );
    let context = (
        prop::option::of(prop::sample::select(vec!["ticket", "x"])),
        prop::sample::select(vec!["GET", "POST"]),
        prop::sample::select(vec!["127.0.0.1", "::1", "192.0.2.1", "::ffff:127.0.0.1"]),
        prop::sample::select(vec![0, 43_200, 86_399, 86_400, 345_600, 345_601]),
    );
    (principals(), what, context).prop_map(|(principal, what, context)| Ask {
        action: what.0,
        own: what.3,
        purpose: context.0.and_then(Purpose::new),
        method: context.1.to_owned(),
        source: context.2.parse().unwrap(),
        now: Timestamp(context.3 * 1_000_000),
        ..Ask::by(principal).class(what.1).route(what.2)
    })
}

/// What an answer says, without whether it was remembered.
fn essence(answer: Result<Permit, Denied>) -> String {
    match answer {
        Ok(permit) => format!("{:?} {} {:?}", permit.action(), permit.class(), permit.policies()),
        Err(denied) => format!("{:?} {:?}", denied.denial(), denied.policies()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_remembered_answer_is_the_answer(
        chosen in prop::sample::subsequence(POOL.to_vec(), 1..=5),
        questions in prop::collection::vec(asks(), 20),
    ) {
        let text = chosen.join("\n");
        let set = policies(&text);
        for ask in &questions {
            let question = ask.question();
            let first = set.authorize(&question);
            let is_remembered = first.as_ref().map_or_else(Denied::remembered, Permit::remembered);
            let first = essence(first);
            if is_remembered {
                let unasked = policies(&text);
                prop_assert_eq!(&essence(unasked.authorize(&question)), &first, "{:?}", ask);
            }
            prop_assert_eq!(essence(set.authorize(&question)), first, "{:?}", ask);
        }
    }
}

#[test]
fn remembers_across_what_no_policy_reads() {
    let set = policies(EXAMPLES);
    let first = set.authorize(&Ask::support().question()).unwrap();
    assert!(!first.remembered());

    let later = Ask {
        now: Timestamp(0),
        method: "DELETE".to_owned(),
        source: IpAddr::from([127, 0, 0, 1]),
        ..Ask::support()
    };
    assert!(set.authorize(&later.question()).unwrap().remembered());
    let own = Ask { own: true, ..Ask::support() };
    assert!(!set.authorize(&own.question()).unwrap().remembered());
    let denied = Ask::support().purpose("marketing");
    assert!(!set.authorize(&denied.question()).unwrap_err().remembered());
    assert!(set.authorize(&denied.question()).unwrap_err().remembered());
}
