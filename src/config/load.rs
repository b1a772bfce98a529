//! Reading the files: the configuration, and the rules it names.

use std::path::Path;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::base::SourceFile;
use crate::base::UpstreamId;
use crate::config::Config;
use crate::config::EmailDomain;
use crate::config::Folder;
use crate::config::file::ConfigFile;
use crate::config::folder::text;
use crate::config::resolve::resolve;
use crate::net::config::ServerTls;
use crate::rules::CompileContext;
use crate::rules::RuleSet;
use crate::yaml;

/// The rules of a configuration: what they mean, the files they came from, what to look at.
#[derive(Debug)]
pub struct LoadedRules {
    /// The rule files, checked and compiled.
    pub rules: RuleSet,
    /// The files; policies and cases are for others to read.
    pub folder: Folder,
    /// What deserves a look, and stops nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Config {
    /// The TLS files of all listeners: those for clients in their order, those for people, then the one for
    /// operators.
    pub fn certificates(&self) -> impl Iterator<Item = &ServerTls> {
        let people = self.people.iter().flat_map(|people| &people.listen).map(|each| &each.listen);
        let all = self.listen.iter().chain(people).chain(&self.admin);
        all.filter_map(|listen| listen.tls.as_ref())
    }

    /// Reads a configuration file. Gives it with its warnings, or everything that is wrong with it.
    pub fn load(path: &Path) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let name: Arc<str> = Arc::from(path.display().to_string());
        match text(path) {
            Ok(text) => Self::parse(&SourceFile { name, text: Arc::from(text) }, path),
            Err(reason) => Err(vec![Diagnostic::error(&name, reason)]),
        }
    }

    /// Reads a configuration from a text that stands at this path.
    pub fn parse(
        source: &SourceFile,
        path: &Path,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (file, mut found) = yaml::read::<ConfigFile>(source);
        let mut config = None;
        if let Some(file) = file {
            let (resolved, more) = resolve(&file, path, source);
            config = resolved;
            found.extend(more);
        }
        found.sort_by_key(|mistake| (mistake.line == 0, mistake.line, mistake.column));
        match config {
            Some(config) if !found.iter().any(Diagnostic::is_error) => Ok((config, found)),
            _ => Err(found),
        }
    }

    /// Reads and compiles the folder of rules.
    pub fn load_rules(&self) -> Result<LoadedRules, Vec<Diagnostic>> {
        let folder = Folder::read(&self.rules)?;
        let upstreams: Vec<UpstreamId> = self.upstreams.iter().map(|up| up.id.clone()).collect();
        let surroundings = CompileContext {
            upstreams: &upstreams,
            default_upstream: self.default_upstream.as_ref(),
            email_domain: self.email_domain.as_str(),
            email_domain_is_own: matches!(self.email_domain, EmailDomain::Own(_)),
        };
        let (rules, warnings) = RuleSet::load(&folder.rules, &surroundings)?;
        Ok(LoadedRules { rules, folder, warnings })
    }
}
