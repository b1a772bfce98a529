//! From rule files to routes, with all mistakes of all files at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::base::RouteId;
use crate::base::SourceFile;
use crate::base::SourcePlace;
use crate::base::TenantId;
use crate::base::UpstreamId;
use crate::document::Charset;
use crate::document::Dialect;
use crate::document::FileAs;
use crate::document::Options;
use crate::document::Separator;
use crate::rules::CompileContext;
use crate::rules::classes;
use crate::rules::classes::Classes;
use crate::rules::file::CsvEntry;
use crate::rules::file::FileName;
use crate::rules::file::FormatName;
use crate::rules::file::Formulas;
use crate::rules::file::Instructions;
use crate::rules::file::NoTransform;
use crate::rules::file::RouteEntry;
use crate::rules::file::RuleFile;
use crate::rules::file::SeparatorWord;
use crate::rules::index::Index;
use crate::rules::other_routes::Wanted;
use crate::rules::pattern;
use crate::rules::pattern::Host;
use crate::rules::place::PlaceCompiler;
use crate::rules::route::Route;
use crate::rules::segments::Segments;
use crate::yaml;
use crate::yaml::At;

/// A route with what was written.
pub(super) struct RouteDraft<'a> {
    pub(super) file: &'a str,
    pub(super) entry: &'a RouteEntry,
    pub(super) route: Arc<Route>,
}

/// Reads all files, in the order of their names.
pub(super) fn read(files: &[SourceFile], found: &mut Vec<Diagnostic>) -> Vec<(Arc<str>, RuleFile)> {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut read = Vec::new();
    for file in files {
        let (rules, mistakes) = yaml::read::<RuleFile>(file);
        found.extend(mistakes);
        read.extend(rules.map(|rules| (Arc::clone(&file.name), rules)));
    }
    read
}

/// Compiles the routes of all files.
pub(super) fn compile<'a>(
    files: &'a [(Arc<str>, RuleFile)],
    classes: &Classes,
    around: &CompileContext<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<RouteDraft<'a>> {
    let mut drafts = Vec::new();
    let mut places: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
    for (file, rules) in files {
        let mut compiler = Compiler { file, classes, around, found };
        let defaults = FileDefaults {
            tenant: compiler.tenant(rules.tenant.as_ref()),
            charset: compiler.charset(rules.charset.as_ref()),
        };
        for entry in &rules.routes {
            if let Some((other, line)) = places.insert(&entry.id.value, (file, entry.id.line)) {
                let hint =
                    format!("the other one is in {other}:{line}; names go into the audit log");
                compiler.error(&entry.id, "two routes have this name", &hint);
            }
            let route = compiler.route(entry, &defaults);
            drafts.extend(route.map(|route| RouteDraft { file, entry, route: Arc::new(route) }));
        }
    }
    drafts.sort_by(|one, other| one.route.id.cmp(&other.route.id));
    drafts
}

/// Puts all routes where requests find them; two that tie are a mistake.
pub(super) fn index(drafts: &[RouteDraft<'_>], found: &mut Vec<Diagnostic>) -> Index {
    let mut index = Index::default();
    for (number, draft) in drafts.iter().enumerate() {
        let Some(Wanted { hosts, path, methods }) = wanted_by(draft) else { continue };
        let insert = |host: &Host| index.insert_all(host, &path, methods.as_deref(), number);
        let mut rivals: Vec<usize> = hosts.iter().flat_map(insert).collect();
        rivals.sort_unstable();
        rivals.dedup();
        for rival in rivals.into_iter().filter_map(|rival| drafts.get(rival)) {
            let hint = format!(
                "`{}` in {}:{} is for the same requests; make one more specific, or make them one",
                rival.route.id, rival.file, rival.entry.r#match.line
            );
            let mistake = draft.entry.r#match.error(draft.file, "two routes tie");
            found.push(mistake.showing(draft.route.id.as_str()).hinting(hint));
        }
    }
    index
}

/// What a route says of its requests; none when its path pattern is wrong.
pub(super) fn wanted_by(draft: &RouteDraft<'_>) -> Option<Wanted> {
    let entry = &draft.entry.r#match.value;
    let text = entry.path.as_ref().map_or("/**", |path| path.value.as_str());
    let path = pattern::path(text).ok()?;
    let boxed = |at: &At<String>| Box::from(at.value.as_str());
    let methods = entry.method.as_ref().map(|methods| methods.0.iter().map(boxed).collect());
    Some(Wanted { hosts: hosts(draft), path, methods })
}

/// The hosts of a route.
pub(super) fn hosts(draft: &RouteDraft<'_>) -> Vec<Host> {
    match &draft.entry.r#match.value.host {
        None => vec![Host::Any],
        Some(hosts) => hosts.0.iter().filter_map(|host| pattern::host(&host.value).ok()).collect(),
    }
}

/// What a file says for all of its routes.
struct FileDefaults {
    tenant: Option<TenantId>,
    charset: Option<Charset>,
}

struct Compiler<'a> {
    file: &'a str,
    classes: &'a Classes,
    around: &'a CompileContext<'a>,
    found: &'a mut Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn error<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.found.push(at.error(self.file, message).hinting(hint));
    }

    fn tenant(&mut self, at: Option<&At<String>>) -> Option<TenantId> {
        let at = at?;
        let tenant = TenantId::new(&at.value);
        if tenant.is_none() {
            self.error(at, "not a name for a tenant", NAME);
        }
        tenant
    }

    /// A character set in which forms can be: the bytes of ASCII must be there.
    fn charset(&mut self, at: Option<&At<String>>) -> Option<Charset> {
        let at = at?;
        let charset = Charset::settle(Some(at.value.as_bytes()), b"").ok();
        let charset = charset.filter(|charset| charset.extends_ascii());
        if charset.is_none() {
            self.error(at, "not a character set that is read here", CHARSET);
        }
        charset
    }

    fn route(&mut self, entry: &RouteEntry, defaults: &FileDefaults) -> Option<Route> {
        let id = RouteId::new(&entry.id.value);
        if id.is_none() {
            self.error(&entry.id, "not a name for a route", NAME);
        }
        self.matching(entry);
        let own = self.tenant(entry.tenant.as_ref());
        let charset = self.charset(entry.charset.as_ref()).or(defaults.charset);
        let body_formats = self.formats(entry);
        let upstream = self.upstream(entry);
        let mut places =
            PlaceCompiler::new(self.file, entry, self.classes, self.around, &mut *self.found);
        let (mut request, mut response) = places.phases();
        request.number();
        response.number();
        let path = entry.r#match.value.path.as_ref();
        let pattern = path.map_or("/**", |path| path.value.as_str());
        let csv = dialect(entry.csv.as_ref());
        let xml_parts = body_formats.contains(&FormatName::Xml);
        Some(Route {
            id: id?,
            at: SourcePlace::new(self.file, entry.id.line, entry.id.column),
            upstream,
            pattern: pattern.into(),
            segments: Segments::new(pattern::path(pattern).unwrap_or_default()),
            direction: entry.direction,
            tenant: own
                .or_else(|| defaults.tenant.clone())
                .unwrap_or_else(TenantId::default_tenant),
            body_formats,
            sniff: entry.sniff,
            unmatched: entry.unmatched,
            options: Options { charset, xml_parts, ..options(entry, csv) },
            csv,
            honours_no_transform: entry
                .no_transform
                .as_ref()
                .is_none_or(|at| at.value == NoTransform::Honour),
            sentinel: entry.sentinel,
            request,
            response,
        })
    }

    fn matching(&mut self, entry: &RouteEntry) {
        let wanted = &entry.r#match.value;
        for host in wanted.host.iter().flat_map(|hosts| &hosts.0) {
            if let Err((message, hint)) = pattern::host(&host.value) {
                self.error(host, message, hint);
            }
        }
        for method in wanted.method.iter().flat_map(|methods| &methods.0) {
            if let Err((message, hint)) = pattern::method(&method.value) {
                self.error(method, message, hint);
            }
        }
        let lists =
            [wanted.host.as_ref().map(|list| &list.0), wanted.method.as_ref().map(|l| &l.0)];
        if lists.into_iter().flatten().any(Vec::is_empty) {
            let hint = "take the key out to match everything";
            self.error(&entry.r#match, "an empty list matches nothing", hint);
        }
        if let Some(path) = &wanted.path
            && let Err((message, hint)) = pattern::path(&path.value)
        {
            self.error(path, message, hint);
        }
    }

    fn formats(&mut self, entry: &RouteEntry) -> Vec<FormatName> {
        if entry.body_format.as_ref().is_some_and(|list| list.0.is_empty()) {
            self.error(&entry.id, "`body_format` of this route is empty", "no body would pass");
        }
        entry.body_format.iter().flat_map(|list| &list.0).map(|at| at.value).collect()
    }

    fn upstream(&mut self, entry: &RouteEntry) -> Option<UpstreamId> {
        let Some(at) = &entry.upstream else {
            if self.around.default_upstream.is_none() {
                let hint = "add `upstream:`, or `default_upstream:` to the configuration";
                self.error(
                    &entry.id,
                    "this route names no upstream, and there is no default",
                    hint,
                );
            }
            return self.around.default_upstream.cloned();
        };
        let known = self.around.upstreams.iter().find(|upstream| upstream.as_str() == at.value);
        if known.is_none() {
            let names: Vec<&str> = self.around.upstreams.iter().map(UpstreamId::as_str).collect();
            let hint = classes::near(&at.value, &names);
            self.error(at, "the configuration has no upstream of this name", &hint);
        }
        known.cloned()
    }
}

/// How CSV is read on a route.
fn dialect(entry: Option<&CsvEntry>) -> Dialect {
    let usual = Dialect::default();
    let Some(entry) = entry else { return usual };
    let separator = entry.separator.map(|word| match word {
        SeparatorWord::Comma => Separator::Comma,
        SeparatorWord::Semicolon => Separator::Semicolon,
        SeparatorWord::Tab => Separator::Tab,
    });
    Dialect {
        separator,
        header: entry.header.unwrap_or(usual.header),
        guarded: entry.formulas == Formulas::Guard,
    }
}

/// How documents of a route are read where their format leaves a choice.
fn options(entry: &RouteEntry, csv: Dialect) -> Options {
    let files = entry.files.iter().flat_map(|files| &files.0);
    let read = |at: &At<FileName>| match at.value {
        FileName::Json => FileAs::Json,
        // Files come in requests, whose dialect is never guessed.
        FileName::Csv => {
            FileAs::Csv(Dialect { separator: csv.separator.or(Some(Separator::Comma)), ..csv })
        }
        FileName::Xml => FileAs::Xml,
        FileName::Text => FileAs::Text,
    };
    Options {
        files: files.map(|(name, at)| (name.value.clone(), read(at))).collect(),
        instructions: entry
            .xml_instructions
            .as_ref()
            .is_some_and(|at| at.value == Instructions::Pass),
        ..Options::default()
    }
}

/// Names of character sets.
const CHARSET: &str = "a label of the WHATWG Encoding standard that extends ASCII, such as `windows-1252` or `shift_jis`";

/// What the hint says names look like.
const NAME: &str = "1 to 64 letters, digits, `.`, `_` or `-`";
