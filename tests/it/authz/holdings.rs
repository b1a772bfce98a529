//! Who may do what with what is kept about people.

use cloakroom::authz::Denial;
use cloakroom::authz::Holding;
use cloakroom::authz::HoldingAction;
use cloakroom::authz::HoldingPermit;
use cloakroom::authz::HoldingQuestion;
use cloakroom::base::HoldingKind;
use proptest::prelude::*;

use super::*;

/// The two policies of the design, as written there.
const PEOPLE: &str = r#"
permit (principal in Group::"shop", action in [Action::"read", Action::"write"], resource in Kind::"session");
permit (principal is User, action in [Action::"read", Action::"export", Action::"erase"], resource) when { resource.subject_is_principal };
"#;

/// A question, to be changed by the test.
#[derive(Debug, Clone)]
struct AskHolding {
    principal: Principal,
    action: HoldingAction,
    kind: HoldingKind,
    name: &'static str,
    own: bool,
    on_hold: bool,
    consents: Vec<Arc<str>>,
}

impl AskHolding {
    fn by(principal: Principal) -> Self {
        Self {
            principal,
            action: HoldingAction::Read,
            kind: HoldingKind::Profile,
            name: "",
            own: false,
            on_hold: false,
            consents: Vec::new(),
        }
    }

    fn asked(&self, set: &PolicySet) -> Result<HoldingPermit, Denied> {
        set.authorize_holding(&HoldingQuestion {
            principal: &self.principal,
            action: self.action,
            holding: Holding {
                kind: self.kind,
                name: self.name,
                own: self.own,
                on_hold: self.on_hold,
                consents: &self.consents,
            },
            purpose: None,
            method: "GET",
            source: IpAddr::from([192, 0, 2, 1]),
            now: SUNDAY,
        })
    }

    fn allowed(&self, set: &PolicySet) -> bool {
        self.asked(set).is_ok()
    }
}

fn ann() -> AskHolding {
    AskHolding::by(user("ann", &[], &[]))
}

#[test]
fn nothing_is_permitted_without_a_policy() {
    let set = PolicySet::load(&[], &vocabulary()).unwrap().0;
    for action in HoldingAction::ALL {
        for kind in HoldingKind::ALL {
            let denied = AskHolding { action, kind, own: true, ..ann() }.asked(&set).unwrap_err();
            assert_eq!(denied.denial(), Denial::NotPermitted, "{action:?} {kind:?}");
        }
    }
}

#[test]
fn the_examples_of_people_work_as_written() {
    let set = policies(PEOPLE);
    let shop =
        AskHolding { kind: HoldingKind::Session, ..AskHolding::by(user("app", &["shop"], &[])) };
    for action in HoldingAction::ALL {
        let wanted = matches!(action, HoldingAction::Read | HoldingAction::Write);
        assert_eq!(AskHolding { action, ..shop.clone() }.allowed(&set), wanted, "{action:?}");
        for kind in HoldingKind::ALL.into_iter().filter(|kind| *kind != HoldingKind::Session) {
            assert!(!AskHolding { action, kind, ..shop.clone() }.allowed(&set), "{kind:?}");
        }
    }
    for action in HoldingAction::ALL {
        let wanted = !matches!(action, HoldingAction::Write | HoldingAction::Administer);
        for kind in HoldingKind::ALL {
            let own = AskHolding { action, kind, own: true, ..ann() };
            assert_eq!(own.allowed(&set), wanted, "{action:?} {kind:?}");
            assert!(!AskHolding { own: false, ..own }.allowed(&set), "{action:?} {kind:?}");
        }
    }
    // A service has no data of its own.
    let service = Principal::assertion(
        AuthMethod::ApiKey,
        PrincipalKind::Service,
        "app",
        [].into(),
        BTreeMap::new(),
    );
    assert!(!AskHolding { own: true, ..AskHolding::by(service) }.allowed(&set));

    let permit = AskHolding { own: true, ..ann() }.asked(&set).unwrap();
    assert_eq!((permit.kind(), permit.action()), (HoldingKind::Profile, HoldingAction::Read));
    assert_eq!(permit.policies(), [Arc::from("access.cedar:3")]);
}

/// A permit to see a class is none to read what is kept, and the other way round.
#[test]
fn permits_of_classes_and_of_holdings_are_not_one_another() {
    let classes = policies(r#"permit (principal, action == Action::"reveal", resource);"#);
    assert!(!AskHolding { own: true, ..ann() }.allowed(&classes));
    assert!(Ask::support().allowed(&classes));
    let holdings = policies(r#"permit (principal, action == Action::"read", resource);"#);
    assert!(ann().allowed(&holdings));
    assert!(!Ask { own: true, ..Ask::support() }.allowed(&holdings));
}

#[test]
fn policies_ask_for_holds_names_and_consents() {
    let set = policies(
        r#"
        @id("any") permit (principal, action, resource);
        @id("held") forbid (principal, action == Action::"erase", resource) when { resource.on_hold };
        @id("other-apps") forbid (principal, action, resource in Kind::"app")
          unless { resource.name == "shop" };
        @id("no-consent") forbid (principal, action == Action::"read", resource in Kind::"share")
          unless { resource.consents.contains("newsletter") };
        "#,
    );
    let erase = AskHolding { action: HoldingAction::Erase, ..ann() };
    assert!(erase.allowed(&set));
    let denied = AskHolding { on_hold: true, ..erase }.asked(&set).unwrap_err();
    assert_eq!(denied.policies(), [Arc::from("held")]);

    let app = AskHolding { kind: HoldingKind::App, name: "shop", ..ann() };
    assert!(app.allowed(&set));
    assert!(!AskHolding { name: "crm", ..app }.allowed(&set));

    let share = AskHolding { kind: HoldingKind::Share, ..ann() };
    assert!(!share.allowed(&set));
    let consents = vec![Arc::from("contract"), Arc::from("newsletter")];
    assert!(AskHolding { consents, ..share }.allowed(&set));
}

#[test]
fn what_is_kept_about_people_can_be_named_as_data_of_the_route_people() {
    let mut words = vocabulary();
    words.routes.push(RouteId::new("people").unwrap());
    let text =
        r#"permit (principal, action == Action::"reveal", resource == Data::"people/email");"#;
    let set = PolicySet::load(&[file("a.cedar", text)], &words).unwrap().0;
    assert!(Ask::support().route("people").allowed(&set));
    assert!(!Ask::support().allowed(&set));
    let mistakes = load(text).map(|_| ()).unwrap_err();
    assert_eq!(mistakes[0].message, "no such class of data on such a route");
}

#[test]
fn words_that_there_are_not_are_refused() {
    let hint = |text: &str| {
        let mistakes = load(text).map(|_| ()).unwrap_err();
        (mistakes[0].line, mistakes[0].hint.clone())
    };
    let kinds = "kinds are: profile, app, session, share, consent, expiration, dsr, hold, activity, journal";
    let kind = r#"permit (principal, action == Action::"read", resource in Kind::"sesion");"#;
    assert_eq!(hint(kind), (1, kinds.to_owned()));
    let named = r#"permit (principal, action == Action::"read", resource == Holding::"app/shop");"#;
    assert_eq!(
        hint(named),
        (1, "write `resource in Kind::\"…\"`, and ask for `resource.name`".to_owned())
    );
    // An attribute that only one of two resources has.
    let both = "permit (principal, action, resource) when { resource.on_hold };";
    assert!(load(both).is_err());
}

fn holding_asks() -> impl Strategy<Value = AskHolding> {
    let what = (
        prop::sample::select(HoldingAction::ALL.to_vec()),
        prop::sample::select(vec![HoldingKind::Profile, HoldingKind::App]),
        prop::sample::select(vec!["", "shop", "crm"]),
    );
    let consents = prop::sample::subsequence(vec!["newsletter", "contract"], 0..=2);
    (what, any::<bool>(), any::<bool>(), consents).prop_map(|(what, own, on_hold, consents)| {
        let (action, kind, name) = what;
        let consents = consents.into_iter().map(Arc::from).collect();
        AskHolding { action, kind, name, own, on_hold, consents, ..ann() }
    })
}

/// Policies that read different things of a holding; the property takes some of them.
const POOL: [&str; 6] = [
    PEOPLE,
    r#"permit (principal, action == Action::"write", resource) when { resource.name == "shop" };"#,
    r#"permit (principal, action == Action::"read", resource in Kind::"app");"#,
    r#"permit (principal, action == Action::"read", resource)
         when { resource.consents.contains("contract") };"#,
    r#"forbid (principal, action == Action::"erase", resource) when { resource.on_hold };"#,
    r#"permit (principal, action in [Action::"erase", Action::"administer"], resource)
         unless { {name: 1}.name == 2 };"#,
];

proptest! {
    // Policies are loaded for each question.
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A set that has answered many questions answers like one that was asked nothing before.
    #[test]
    fn a_remembered_answer_about_people_is_the_answer(
        chosen in prop::sample::subsequence(POOL.to_vec(), 1..=6),
        asks in prop::collection::vec(holding_asks(), 1..8),
    ) {
        let text = chosen.join("\n");
        let old = policies(&text);
        for ask in &asks {
            let fresh = policies(&text);
            let (remembered, answered) = (ask.asked(&old), ask.asked(&fresh));
            prop_assert_eq!(
                remembered.map(|permit| permit.policies().to_vec()).map_err(|denied| denied.denial()),
                answered.map(|permit| permit.policies().to_vec()).map_err(|denied| denied.denial()),
                "{:?}", ask
            );
        }
    }
}
