//! Who may do what with which class of data.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails as a test does")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use cloakroom::authz::Action;
use cloakroom::authz::Denied;
use cloakroom::authz::Permit;
use cloakroom::authz::PolicySet;
use cloakroom::authz::Question;
use cloakroom::authz::Vocabulary;
use cloakroom::base::AuthMethod;
use cloakroom::base::Claim;
use cloakroom::base::DataClass;
use cloakroom::base::Diagnostic;
use cloakroom::base::Principal;
use cloakroom::base::PrincipalKind;
use cloakroom::base::Purpose;
use cloakroom::base::RouteId;
use cloakroom::base::SourceFile;
use cloakroom::base::Timestamp;

mod decisions;
mod holdings;
mod remembered;
mod shown;
mod mistakes;
mod documented;

/// The two policies of the design, as written there.
const EXAMPLES: &str = r#"
permit (principal in Group::"support", action == Action::"reveal", resource in Class::"contact")
  when { context.purpose == "ticket" };
permit (principal, action == Action::"reveal", resource) when { resource.subject_is_principal };
"#;

/// A Sunday evening: 2026-11-22T20:15:30Z.
const SUNDAY: Timestamp = Timestamp(1_795_378_530_000_000);

fn vocabulary() -> Vocabulary {
    let class = |name: &str, groups: &[&str]| {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        (DataClass::new(name).unwrap(), groups)
    };
    Vocabulary {
        classes: vec![
            class("email", &["contact"]),
            class("phone", &["contact"]),
            class("card", &[]),
        ],
        routes: ["users", "orders"].map(|name| RouteId::new(name).unwrap()).to_vec(),
    }
}

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: Arc::from(name), text: Arc::from(text) }
}

fn load(text: &str) -> Result<(PolicySet, Vec<Diagnostic>), Vec<Diagnostic>> {
    PolicySet::load(&[file("rules/access.cedar", text)], &vocabulary())
}

fn policies(text: &str) -> PolicySet {
    match load(text) {
        Ok((set, _)) => set,
        Err(mistakes) => {
            let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"));
        }
    }
}

fn user(id: &str, groups: &[&str], claims: &[(&str, Claim)]) -> Principal {
    let groups = groups.iter().map(|&group| Arc::from(group)).collect();
    let claims: BTreeMap<Arc<str>, Claim> =
        claims.iter().map(|(name, claim)| (Arc::from(*name), claim.clone())).collect();
    Principal::assertion(AuthMethod::Jwt, PrincipalKind::User, id, groups, claims)
}

/// A question with everything in it, to be changed by the test.
#[derive(Debug, Clone)]
struct Ask {
    principal: Principal,
    action: Action,
    class: DataClass,
    route: RouteId,
    own: bool,
    purpose: Option<Purpose>,
    method: String,
    source: IpAddr,
    now: Timestamp,
}

impl Ask {
    fn by(principal: Principal) -> Self {
        Self {
            principal,
            action: Action::Reveal,
            class: DataClass::new("email").unwrap(),
            route: RouteId::new("users").unwrap(),
            own: false,
            purpose: None,
            method: "GET".to_owned(),
            source: IpAddr::from([192, 0, 2, 1]),
            now: SUNDAY,
        }
    }

    fn support() -> Self {
        Self::by(user("sam", &["support"], &[])).purpose("ticket")
    }

    fn purpose(self, purpose: &str) -> Self {
        Self { purpose: Purpose::new(purpose), ..self }
    }

    fn class(self, class: &str) -> Self {
        Self { class: DataClass::new(class).unwrap(), ..self }
    }

    fn route(self, route: &str) -> Self {
        Self { route: RouteId::new(route).unwrap(), ..self }
    }

    fn question(&self) -> Question<'_> {
        Question {
            principal: &self.principal,
            action: self.action,
            class: &self.class,
            route: &self.route,
            own: self.own,
            purpose: self.purpose.as_ref(),
            method: &self.method,
            source: self.source,
            now: self.now,
        }
    }

    fn allowed(&self, set: &PolicySet) -> bool {
        set.authorize(&self.question()).is_ok()
    }
}
