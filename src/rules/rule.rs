//! What rules come to mean: routes, phases, places, rules.

use std::sync::Arc;

use crate::base::RouteId;
use crate::base::TenantId;
use crate::base::UpstreamId;
use crate::document::Dialect;
use crate::document::Options;
use crate::document::Program;
use crate::rules::file::Basis;
use crate::rules::file::Direction;
use crate::rules::file::FormatName;
use crate::rules::file::Sentinel;
use crate::rules::segments::Segments;
use crate::token::Class;

/// A route: which requests, where they go, and what happens to them on the way.
#[derive(Debug)]
pub struct Route {
    /// Its name.
    pub id: RouteId,
    /// Where its requests go: what the route names, or the default. Always there in a loaded [`RuleSet`](crate::rules::RuleSet).
    pub upstream: Option<UpstreamId>,
    /// Its path pattern as written; `/**` when it takes every path.
    pub pattern: Arc<str>,
    /// Which way its traffic goes.
    pub direction: Direction,
    /// Whose keys and tokens it uses.
    pub tenant: TenantId,
    /// The segments of its path pattern, to find those that have names.
    pub segments: Segments,
    /// Formats that bodies may have; empty when every format that we read will do.
    pub body_formats: Vec<FormatName>,
    /// How documents are read where their format leaves a choice.
    pub options: Options,
    /// How CSV is read and written here.
    pub csv: Dialect,
    /// Whether answers that forbid to change their content keep their tokens.
    pub honours_no_transform: bool,
    /// What happens when an original is found in a place that no rule protects.
    pub sentinel: Sentinel,
    /// What happens to requests.
    pub request: Phase,
    /// What happens to responses.
    pub response: Phase,
}

impl Route {
    /// Whether any rule looks at its messages. A route without rules streams.
    pub fn has_rules(&self) -> bool {
        !self.request.is_empty() || !self.response.is_empty()
    }
}

/// What happens to a message, place by place.
#[derive(Debug, Default)]
pub struct Phase {
    /// In the body.
    pub body: Option<PlaceRules>,
    /// In the query of the request target; never in a response.
    pub query: Option<PlaceRules>,
    /// In named segments of the path; never in a response.
    pub path: Option<PlaceRules>,
    /// In header fields.
    pub header: Option<PlaceRules>,
    /// In cookies: of `Cookie` in a request, of `Set-Cookie` in a response.
    pub cookie: Option<PlaceRules>,
    /// In running text; only where tokens become values.
    pub text: Option<TextRules>,
}

impl Phase {
    /// Whether nothing happens.
    pub fn is_empty(&self) -> bool {
        self.places().next().is_none() && self.text.is_none()
    }

    /// The places that have rules with selectors.
    pub fn places(&self) -> impl Iterator<Item = &PlaceRules> {
        let places = [&self.body, &self.query, &self.path, &self.header, &self.cookie];
        places.into_iter().flatten()
    }

    /// Every class that something is done to here, with what, and the selector as written.
    pub fn jobs(&self) -> impl Iterator<Item = (&Arc<Class>, Action, &str)> {
        let selected = self.places().flat_map(PlaceRules::jobs);
        let text = self.text.iter().flat_map(|text| &text.classes);
        selected.chain(text.map(|class| (class, Action::Reveal, "text")))
    }
}

/// The classes whose tokens are looked for wherever a text shows them.
#[derive(Debug)]
pub struct TextRules {
    /// The classes. Never empty.
    pub classes: Vec<Arc<Class>>,
    /// Whether strings in scripts and inline JSON of pages are texts, too.
    pub scripts: bool,
}

/// All rules of one place, compiled together.
#[derive(Debug)]
pub struct PlaceRules {
    /// Finds the fields; a field's rule number is an index of `rules`.
    pub program: Program,
    /// The most specific first: where several field rules select one value, the one with the lowest
    /// number decides. Never empty.
    pub rules: Vec<Rule>,
}

impl PlaceRules {
    /// Every class that something is done to here, with what, and the selector as written; those of
    /// documents in documents, too.
    pub fn jobs(&self) -> Box<dyn Iterator<Item = (&Arc<Class>, Action, &str)> + '_> {
        Box::new(self.rules.iter().flat_map(Rule::jobs))
    }
}

/// One selector, and what happens to what it selects.
#[derive(Debug)]
pub struct Rule {
    /// The selector as written.
    pub selector: Arc<str>,
    /// What happens.
    pub job: Job,
}

impl Rule {
    fn jobs(&self) -> Box<dyn Iterator<Item = (&Arc<Class>, Action, &str)> + '_> {
        match &self.job {
            Job::Field { class, action } => {
                Box::new(std::iter::once((class, *action, &*self.selector)))
            }
            Job::Text(classes) => {
                let class = |class| (class, Action::Reveal, &*self.selector);
                Box::new(classes.iter().map(class))
            }
            Job::Subject => Box::new(std::iter::empty()),
            Job::Json(inner) => inner.jobs(),
        }
    }
}

/// What a rule is for.
#[derive(Debug)]
pub enum Job {
    /// The selected values are personal data.
    Field {
        /// Of this class.
        class: Arc<Class>,
        /// And this is done to them.
        action: Action,
    },
    /// The selected value names the data subject of the message. It stays as it is.
    Subject,
    /// The selected value is a text, and tokens of these classes become values wherever they stand in
    /// it. Only where tokens become values; never empty.
    Text(Vec<Arc<Class>>),
    /// The selected value is a text in JSON, and these rules are for what is in it.
    Json(Box<PlaceRules>),
}

/// What is done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It becomes a token, and the sealed original goes into the vault.
    Tokenize,
    /// It becomes its class's mask. Nothing is kept.
    Mask,
    /// It becomes `[redacted]`. Nothing is kept.
    Redact,
    /// If it is a token of the class, it becomes what policy permits: the value, the mask, or itself.
    Reveal,
}

/// A class as the rule files define it.
#[derive(Debug, Clone)]
pub struct ClassDefinition {
    /// What decides its tokens and masks.
    pub class: Arc<Class>,
    /// Groups it is in, sorted.
    pub groups: Vec<String>,
    /// How long values are meant to be kept.
    pub retain: Option<Retention>,
    /// What the data is processed for.
    pub purpose: Option<crate::base::Purpose>,
    /// Lawful basis of the processing.
    pub basis: Option<Basis>,
}

/// How long values are meant to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// So many days.
    Days(u16),
    /// So many months.
    Months(u16),
    /// So many years.
    Years(u16),
}

impl Retention {
    /// Reads `90d`, `6m`, `2y`; refuses zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse::<u16>().ok().filter(|&number| digits && number > 0)?;
        match unit {
            "d" => Some(Self::Days(number)),
            "m" => Some(Self::Months(number)),
            "y" => Some(Self::Years(number)),
            _ => None,
        }
    }
}
