//! A rule file as it is written; [`crate::rules::compile`] says what it means.

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;

use crate::document::Format;
use crate::rules::people::PeopleEntry;
use crate::yaml::At;
use crate::yaml::OneOrMany;
use crate::yaml::Short;
use crate::yaml::Table;

/// A rule file of cloakroom: which fields of which messages are personal data.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "cloakroom rule file")]
pub struct RuleFile {
    /// Whose keys and tokens the routes of this file use; tenants share neither. Default `default`.
    pub tenant: Option<At<String>>,
    /// What forms, queries, pages and texts of the routes of this file are in that do not say it: a name of the WHATWG Encoding standard, such as `windows-1252`.
    #[schemars(schema_with = "charsets")]
    pub charset: Option<At<String>>,
    /// Classes of personal data, by name (`a-z`, `0-9`, `-`; at most 32). All files of a folder share them.
    #[serde(default)]
    pub classes: Table<ClassEntry>,
    /// What is kept about people of this file's tenant: fields with classes, and by which they are found. Once for a tenant.
    pub people: Option<At<PeopleEntry>>,
    /// Which requests these rules are for, and what they do. Their order means nothing.
    #[serde(default)]
    pub routes: Vec<RouteEntry>,
}

/// A class of personal data. An empty map takes the built-in defaults of a class of that name.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassEntry {
    /// What its tokens look like: `plain` is 29 letters and digits, `email` is such a token at a domain of yours.
    #[schemars(schema_with = "shapes")]
    pub shape: Option<At<String>>,
    /// Whether two spellings of one value get one token: `canonical` yes, `exact` no.
    #[schemars(schema_with = "matchings")]
    pub r#match: Option<At<String>>,
    /// What a caller sees who may see a mask, but not the value: `initial`, `email`, `domain`, `year`, `redact`, `last2`, `last4`, …
    pub mask: Option<At<String>>,
    /// Two characters of the token alphabet (Crockford's base 32, lower case) that name the class inside a token. Needed for names that are not built in.
    pub code: Option<At<String>>,
    /// Which built-in class it is read and compared like, such as `email`; needed for `match: canonical` on a class of your own.
    pub like: Option<At<String>>,
    /// Groups the class is in; policies may name a group instead of its classes.
    pub r#in: Option<OneOrMany<At<String>>>,
    /// How long values are meant to be kept, such as `90d`, `6m` or `2y`. Kept for reports.
    pub retain: Option<At<String>>,
    /// What the data is processed for. Kept for reports.
    pub purpose: Option<At<String>>,
    /// Lawful basis of the processing, GDPR article 6(1). Kept for reports.
    pub basis: Option<At<Basis>>,
    /// Which equal values get equal tokens: `tenant`, all of a tenant's.
    #[schemars(schema_with = "determinisms")]
    pub determinism: Option<At<String>>,
}

/// Lawful basis of a processing: the letters of GDPR article 6(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The data subject consented: letter (a).
    Consent,
    /// A contract needs it: letter (b).
    Contract,
    /// A law demands it: letter (c).
    LegalObligation,
    /// It protects somebody's life: letter (d).
    VitalInterests,
    /// It serves a task in the public interest: letter (e).
    PublicTask,
    /// Legitimate interests outweigh the subject's: letter (f).
    LegitimateInterests,
}

/// Requests that belong together, and the rules for them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteEntry {
    /// Its name in logs, metrics, audit and policies; no two routes share one.
    pub id: At<String>,
    /// Which requests it is for.
    pub r#match: At<MatchEntry>,
    /// `ingress`: people call the application. `egress`: the application calls out, so requests reveal and responses tokenize.
    #[serde(default)]
    pub direction: Direction,
    /// Which upstream of the configuration. Default: its `default_upstream`.
    pub upstream: Option<At<String>>,
    /// Whose data it is: a selector of the body, or `{ body: … }`, or `{ query: … }`.
    pub subject: Option<Short<SubjectEntry>>,
    /// What happens to requests.
    #[serde(default)]
    pub request: PhaseEntry,
    /// What happens to responses.
    #[serde(default)]
    pub response: PhaseEntry,
    /// Formats of bodies on this route, requests and responses; a request in another one is refused, a response keeps its tokens. Default: where values become tokens `json`, where tokens become values every format that is read.
    pub body_format: Option<OneOrMany<At<FormatName>>>,
    /// Bodies that declare a form, CSV or plain text and begin like JSON: `never` (default), they are refused where values become tokens; `json`, they are read as JSON.
    #[serde(default)]
    pub sniff: Sniff,
    /// What happens to a message on a leg with rules in which no rule selected anything: `report` (default), it is counted; `refuse`, it is refused where values become tokens.
    #[serde(default)]
    pub unmatched: Unmatched,
    /// Files in multipart forms that are read, by the name of their part: as `json`, `csv`, `xml` or `text`. Others pass as they are.
    pub files: Option<Table<At<FileName>>>,
    /// What forms, queries, pages and texts of this route are in that do not say it, when it differs from the file's.
    #[schemars(schema_with = "charsets")]
    pub charset: Option<At<String>>,
    /// How CSV is read and written on this route.
    pub csv: Option<CsvEntry>,
    /// Processing instructions of XML: `refuse` (default) or `pass`.
    pub xml_instructions: Option<At<Instructions>>,
    /// Answers whose `Cache-Control` says `no-transform`: `honour` (default), their tokens stay; `ignore`, they are revealed like others.
    pub no_transform: Option<At<NoTransform>>,
    /// Strings in scripts and inline JSON of pages: `keep` (default), their tokens stay; `json`, they are texts like others.
    pub scripts: Option<At<ScriptsWord>>,
    /// What happens when a value that a rule took out stands in another place of the same message, too: `report` (default) to journal and metrics, `enforce` (refuse the message), `off`.
    #[serde(default)]
    pub sentinel: Sentinel,
    /// Header fields in which requests carry a signature of their sender. Rules that would change what is signed are errors.
    pub signature: Option<At<OneOrMany<At<String>>>>,
    /// How names in selectors meet names in messages: `exact`, `fold` (letter case does not matter), `smart` (`_` and `-` neither).
    pub key_match: Option<At<KeyMatching>>,
    /// Whose keys and tokens, when it differs from the file's.
    pub tenant: Option<At<String>>,
}

/// Which requests a route is for. What is left out matches everything.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchEntry {
    /// Host names without port: `shop.example.com`, or `*.example.com` for all below it.
    pub host: Option<OneOrMany<At<String>>>,
    /// Methods. `GET` stands for `HEAD`, too.
    pub method: Option<OneOrMany<At<String>>>,
    /// Path pattern: `{name}` and `*` are one segment, a last `**` is any number of them.
    pub path: Option<At<String>>,
}

/// Which way a route's traffic goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// People call the application: requests tokenize, responses reveal.
    #[default]
    Ingress,
    /// The application calls out: requests reveal, responses tokenize.
    Egress,
}

/// How names in selectors meet names in messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyMatching {
    /// Character by character.
    #[default]
    Exact,
    /// Letter case does not matter.
    Fold,
    /// Letter case, `_` and `-` do not matter.
    Smart,
}

/// Where the name of the data subject stands.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectEntry {
    /// A selector of the body.
    pub body: Option<At<String>>,
    /// A selector of the query.
    pub query: Option<At<String>>,
    /// A selector of the path's named segments.
    pub path: Option<At<String>>,
    /// A selector of the header.
    pub header: Option<At<String>>,
    /// A selector of the cookies.
    pub cookie: Option<At<String>>,
}

/// What happens in one direction, place by place: selector, then class or long form.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseEntry {
    /// Fields of the body.
    pub body: Option<At<Table<Short<RuleEntry>>>>,
    /// Parameters of the query; only in requests.
    pub query: Option<At<Table<Short<RuleEntry>>>>,
    /// Named segments of the path; only in requests.
    pub path: Option<At<Table<Short<RuleEntry>>>>,
    /// Header fields, by their names in lower case.
    pub header: Option<At<Table<Short<RuleEntry>>>>,
    /// Cookies: those of `Cookie` in a request, those of `Set-Cookie` in a response.
    pub cookie: Option<At<Table<Short<RuleEntry>>>>,
    /// Classes whose tokens are revealed wherever a page or a plain text shows them, and in `Location`.
    pub text: Option<At<Vec<At<String>>>>,
}

/// A rule in its long form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// The class of what the selector selects. Needed, unless there is `decode` or `text`.
    pub class: Option<At<String>>,
    /// What the selector selects is a text that is a document itself: `json`. Its own rules are in `fields`.
    pub decode: Option<At<DecodeWord>>,
    /// Fields of the document in the text.
    pub fields: Option<At<Table<Short<Self>>>>,
    /// What the selector selects is a text, such as a display name: tokens of these classes are revealed wherever they stand in it. Only where tokens become values.
    pub text: Option<At<Vec<At<String>>>>,
    /// Where values become tokens: `tokenize` (default), `mask` (only the mask goes on) or `redact` (nothing goes on). Where tokens become values: `reveal`.
    pub action: Option<At<ActionWord>>,
    /// Refuse a message that has the place (a body, a query, …) and in which this rule selects nothing. Only where values become tokens. Default: false.
    pub required: Option<At<bool>>,
    /// The field is a search: its value becomes its token and is never stored. Only in requests, and where values become tokens. Default: false.
    pub lookup: Option<At<bool>>,
    /// When the selector hits an object or a list: `leaves`, every value in it (default); `reject`, refuse the message.
    pub on_container: Option<At<Container>>,
    /// Characters that the application accepts in this field; a token that is longer is an error of the rule file.
    pub max_length: Option<At<u32>>,
    /// Regular expression that the application demands of this field; a token that does not fit is an error of the rule file.
    pub pattern: Option<At<String>>,
}

/// What a rule does, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionWord {
    /// The value becomes a token.
    Tokenize,
    /// A token becomes its value, if policy permits.
    Reveal,
    /// The value becomes its mask, for good.
    Mask,
    /// The value becomes `[redacted]`, for good.
    Redact,
    /// The field goes. Not supported yet.
    Drop,
}

/// What a rule does when its selector hits an object or a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    /// Every value in it.
    Leaves,
    /// Refuse the message.
    Reject,
}

/// A format of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatName {
    /// JSON (RFC 8259) and types that end in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// XML and types that end in `+xml`, but not XHTML.
    Xml,
    /// CSV (RFC 4180) and TSV.
    Csv,
    /// A JSON text a line.
    Ndjson,
    /// JSON text sequences.
    JsonSeq,
    /// Server-sent events.
    Sse,
    /// Plain text (`text/plain`).
    Text,
    /// HTML pages (`text/html`).
    Html,
}

impl FormatName {
    /// The word of a format; none of one that is no body.
    pub fn of(format: Format) -> Option<Self> {
        match format {
            Format::Json => Some(Self::Json),
            Format::Form => Some(Self::Form),
            Format::Multipart(_) => Some(Self::Multipart),
            Format::Xml => Some(Self::Xml),
            Format::Csv(_) => Some(Self::Csv),
            Format::Ndjson => Some(Self::Ndjson),
            Format::JsonSeq => Some(Self::JsonSeq),
            Format::EventStream => Some(Self::Sse),
            Format::Query | Format::Cookie | Format::SetCookie => None,
        }
    }

    /// The word as rule files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Multipart => "multipart",
            Self::Xml => "xml",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::JsonSeq => "json-seq",
            Self::Sse => "sse",
            Self::Text => "text",
            Self::Html => "html",
        }
    }
}

/// What a file in a multipart form is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileName {
    /// A document in JSON.
    Json,
    /// Rows of CSV, in the dialect of the route.
    Csv,
    /// A document in XML.
    Xml,
    /// One text, taken whole.
    Text,
}

/// How CSV is read and written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvEntry {
    /// What stands between cells: `comma`, `semicolon`, `tab`. Default: where values become tokens `comma`, elsewhere what the media type or the first row has.
    pub separator: Option<SeparatorWord>,
    /// Whether the first row has the names. Default: yes; where tokens become values, unless the media type says `header=absent`.
    pub header: Option<bool>,
    /// A revealed value that a spreadsheet would run: `guard` (default) writes an apostrophe before it, `keep` writes it as it is.
    #[serde(default)]
    pub formulas: Formulas,
}

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeparatorWord {
    /// Cells end at a comma.
    Comma,
    /// Cells end at a semicolon.
    Semicolon,
    /// Cells end at a tab.
    Tab,
}

/// What is done to revealed values that a spreadsheet would run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Formulas {
    /// An apostrophe before them.
    #[default]
    Guard,
    /// They are written as they are.
    Keep,
}

/// What is done to processing instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Instructions {
    /// The document is refused.
    Refuse,
    /// The document passes with them.
    Pass,
}

/// What is done with answers that forbid to change their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoTransform {
    /// Their tokens stay.
    Honour,
    /// They are treated like others: the gateway speaks for the application.
    Ignore,
}

/// What is done to tokens in scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScriptsWord {
    /// Their tokens stay tokens.
    Keep,
    /// Those that fill a string, or stand in a string of JSON, are revealed.
    Json,
}

/// What happens when an original is found in a place that no rule protects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sentinel {
    /// Nobody looks for it.
    Off,
    /// It is reported to journal and metrics.
    #[default]
    Report,
    /// The message is refused, too.
    Enforce,
}

/// What happens to a message on a leg with rules in which no rule selected anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unmatched {
    /// It is counted and passes.
    #[default]
    Report,
    /// It is counted and, where values become tokens, refused.
    Refuse,
}

/// What bodies are read as that declare a form, CSV or plain text and begin like JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sniff {
    /// As what they declare; what begins as another language is refused where values become tokens.
    #[default]
    Never,
    /// As JSON, whatever they declare.
    Json,
}

/// What a text is a document of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecodeWord {
    /// The text holds a document in JSON.
    Json,
}

/// Shapes that exist now, and those that the design names for later.
pub(crate) const SHAPES: [&str; 2] = ["plain", "email"];
pub(crate) const LATER_SHAPES: [&str; 8] =
    ["phone", "card", "ssn", "iban", "uuid", "date", "number", "name"];
/// Kinds of determinism that exist now, and those for later.
pub(crate) const DETERMINISMS: [&str; 1] = ["tenant"];
pub(crate) const LATER_DETERMINISMS: [&str; 3] = ["field", "subject", "random"];
/// Words of `match:` in a class.
pub(crate) const MATCHINGS: [&str; 2] = ["exact", "canonical"];

fn shapes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": SHAPES })
}

fn charsets(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": ["windows-1252", "iso-8859-2", "shift_jis", "utf-8"] })
}

fn matchings(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": MATCHINGS })
}

fn determinisms(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": DETERMINISMS })
}
