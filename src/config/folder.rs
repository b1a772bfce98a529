//! The folder of rules, policies and cases.
//!
//! A Kubernetes `ConfigMap` is a folder in which `..data` points at the folder of the current version and
//! every visible name points through it. `..data` is followed once, so that all files read are of one
//! version even while the kubelet swaps it.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::base::SourceFile;

/// A file larger than this is not a rule file.
const LARGEST: u64 = 4 << 20;

/// What was found, each kind sorted by name.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The rule files, `*.yaml`.
    pub rules: Vec<SourceFile>,
    /// The policies, `*.cedar`.
    pub policies: Vec<SourceFile>,
    /// The cases, `*.case`.
    pub cases: Vec<SourceFile>,
}

impl Folder {
    /// Reads a folder. Names that start with a dot, and kinds of files that mean nothing to us, are left
    /// out; what could be a rule that is not in force (`*.yml`, a folder inside) is an error, and so is a
    /// file that cannot be read, is too large, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let name = path.display().to_string();
        let version = path.join("..data");
        let place = fs::canonicalize(&version).unwrap_or_else(|_| path.to_path_buf());
        let mut found = Vec::new();
        let mut folder = Self::default();
        let files = match list(&place) {
            Ok(files) => files,
            Err(error) => {
                let mistake = Diagnostic::error(&name, format!("cannot read this folder: {error}"));
                return Err(vec![mistake.hinting("`rules` names a folder, not a file")]);
            }
        };
        for (file, target) in files {
            let shown = path.join(&file).display().to_string();
            match folder.take(&file, &shown, &target) {
                Ok(()) => {}
                Err(mistake) => found.push(*mistake),
            }
        }
        if folder.rules.is_empty() && found.is_empty() {
            let mistake = Diagnostic::error(&name, "no rule file in this folder");
            found.push(mistake.hinting("rule files end in `.yaml`"));
        }
        if found.is_empty() { Ok(folder) } else { Err(found) }
    }

    fn take(&mut self, file: &str, shown: &str, target: &Path) -> Result<(), Box<Diagnostic>> {
        let extension = Path::new(file).extension().and_then(|end| end.to_str()).unwrap_or("");
        let list = match extension {
            "yaml" => &mut self.rules,
            "cedar" => &mut self.policies,
            "case" => &mut self.cases,
            "yml" => {
                let mistake = Diagnostic::error(shown, "this file would not be read");
                return Err(Box::new(mistake.hinting("name it `.yaml`")));
            }
            _ if target.is_dir() => {
                let mistake = Diagnostic::error(shown, "folders in a folder of rules are not read");
                return Err(Box::new(
                    mistake.hinting("move its files up, or give it a name with a dot in front"),
                ));
            }
            _ => return Ok(()),
        };
        let text = text(target).map_err(|reason| Box::new(Diagnostic::error(shown, reason)))?;
        list.push(SourceFile { name: Arc::from(shown), text: Arc::from(text) });
        Ok(())
    }
}

/// The visible names of a folder, sorted.
fn list(place: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a file name is not UTF-8"))?;
        if !name.starts_with('.') {
            files.push((name, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| format!("cannot read this file: {error}"))?;
    if !size.is_file() {
        return Err(String::from("this is not a file"));
    }
    if size.len() > LARGEST {
        return Err(String::from("this file is larger than 4MiB"));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot read this file: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|b| **b == b'\n').count() + 1;
        format!("this file is not UTF-8, from line {line} on")
    })
}
