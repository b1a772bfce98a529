//! What rules come to mean: phases, places, rules, classes.

use std::sync::Arc;

use crate::base::SourcePlace;
use crate::document::Program;
use crate::rules::file::Basis;
use crate::token::Class;

/// What happens to a message, place by place.
#[derive(Debug, Clone, Default)]
pub struct Phase {
    /// Fields of the body.
    pub body: Option<PlaceRules>,
    /// In the query of the request target; never in a response.
    pub query: Option<PlaceRules>,
    /// In named segments of the path; never in a response.
    pub path: Option<PlaceRules>,
    /// Header fields by their names.
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

    /// Returns every rule with a selector, those of documents in documents too, by their numbers.
    pub fn rules(&self) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self.places().flat_map(PlaceRules::rules).collect();
        rules.sort_by_key(|rule| rule.number);
        rules
    }

    /// Numbers the rules from 0.
    pub(super) fn number(&mut self) {
        let places =
            [&mut self.body, &mut self.query, &mut self.path, &mut self.header, &mut self.cookie];
        let mut next = 0;
        for place in places.into_iter().flatten() {
            place.number(&mut next);
        }
    }

    /// Every class that something is done to here, with what, and the selector as written.
    pub fn jobs(&self) -> impl Iterator<Item = (&Arc<Class>, Action, &str)> {
        let selected = self.places().flat_map(PlaceRules::jobs);
        let text = self.text.iter().flat_map(|text| &text.classes);
        selected.chain(text.map(|class| (class, Action::Reveal, "text")))
    }
}

/// The classes whose tokens are looked for wherever a text shows them.
#[derive(Debug, Clone)]
pub struct TextRules {
    /// The classes. Never empty.
    pub classes: Vec<Arc<Class>>,
    /// Whether strings in scripts and inline JSON of pages are texts, too.
    pub scripts: bool,
}

/// All rules of one place, compiled together.
#[derive(Debug, Clone)]
pub struct PlaceRules {
    /// Finds the fields; a field's rule number is an index of `rules`.
    pub program: Program,
    /// The most specific first: where several field rules select one value, the one with the lowest
    /// number decides. Never empty.
    pub rules: Vec<Rule>,
}

impl PlaceRules {
    /// Returns the rules of the place, each before those of the documents in the texts that it selects.
    pub fn rules(&self) -> Box<dyn Iterator<Item = &Rule> + '_> {
        Box::new(self.rules.iter().flat_map(|rule| {
            let inner = match &rule.job {
                Job::Json(inner) => Some(inner.rules()),
                Job::Field { .. } | Job::Subject | Job::Text(_) => None,
            };
            std::iter::once(rule).chain(inner.into_iter().flatten())
        }))
    }

    fn number(&mut self, next: &mut usize) {
        for rule in &mut self.rules {
            rule.number = *next;
            *next += 1;
            if let Job::Json(inner) = &mut rule.job {
                inner.number(next);
            }
        }
    }

    /// Every class that something is done to here, with what, and the selector as written; those of
    /// documents in documents, too.
    pub fn jobs(&self) -> Box<dyn Iterator<Item = (&Arc<Class>, Action, &str)> + '_> {
        Box::new(self.rules.iter().flat_map(Rule::jobs))
    }
}

/// One selector, and what happens to what it selects.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The selector as written.
    pub selector: Arc<str>,
    /// The line of the rule file that says it.
    pub at: SourcePlace,
    /// Its number among all rules of its leg, from 0: the order of [`Phase::rules`]. Counters go by it.
    pub number: usize,
    /// Whether a message may have its place and nothing in it that the rule selects.
    pub presence: Presence,
    /// Whether new values go into the vault.
    pub storage: Storage,
    /// What happens to what it selects.
    pub job: Job,
}

/// Whether a rule must select something in a message that has its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It need not select anything.
    #[default]
    Optional,
    /// A message that has the place and in which the rule selects nothing is refused.
    Required,
}

/// What becomes of values that the vault does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Storage {
    /// They are stored before their tokens are sent.
    #[default]
    Store,
    /// They become their tokens and are stored nowhere: somebody searches for them.
    LookUp,
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
#[derive(Debug, Clone)]
pub enum Job {
    /// The selected values are personal data.
    Field {
        /// The class they belong to.
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
    /// They are kept so many days.
    Days(u16),
    /// They are kept so many months.
    Months(u16),
    /// They are kept so many years.
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
