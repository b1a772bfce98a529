//! Links inside the documents lead somewhere.

use std::path::Path;
use std::path::PathBuf;

use super::markdown::files;
use super::markdown::headings;
use super::markdown::lines;
use super::markdown::read;
use super::markdown::root;
use super::markdown::slug;

/// The targets of `](…)` in a line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// What is wrong with a link from a file; nothing when it resolves or leads outside.
fn fault(from: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = from.parent().unwrap_or(Path::new(""));
    let path: PathBuf = if file.is_empty() { from.to_path_buf() } else { folder.join(file) };
    let full = root().join(&path);
    if !full.exists() {
        return Some(format!("`{target}`: no such file"));
    }
    let is_page = path.extension().is_some_and(|extension| extension == "md");
    if anchor.is_empty() || !is_page {
        return None;
    }
    let known = headings(&read(path.to_str()?)).iter().any(|heading| slug(heading) == anchor);
    (!known).then(|| format!("`{target}`: no such heading"))
}

#[test]
fn links_inside_the_documents_resolve() {
    let mut faults = Vec::new();
    let pages = files("", "md");
    assert!(pages.len() > 3, "no documents found");
    for page in pages {
        let text = read(page.to_str().unwrap());
        for (number, _, line) in lines(&text).filter(|(_, code, _)| !code) {
            for fault in targets(line).filter_map(|target| fault(&page, target)) {
                faults.push(format!("{}:{number}: {fault}", page.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_dead_link_is_found() {
    let page = Path::new("docs/threat-model.md");
    assert_eq!(targets("a [b](c.md#d) [e](f)").collect::<Vec<_>>(), ["c.md#d", "f"]);
    assert!(fault(page, "no-such-page.md").is_some());
    assert!(fault(page, "../SECURITY.md#no-such-heading").is_some());
    assert_eq!(fault(page, "../SECURITY.md#what-counts"), None);
    assert_eq!(fault(page, "#actors"), None);
    assert_eq!(fault(page, "https://example.com"), None);
}
