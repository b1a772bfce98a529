//! Runs the script and shows what it found.

use std::process::Command;

#[test]
fn the_chart_lints_renders_and_fits_kubernetes() {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("bash")
        .arg("scripts/helm-check")
        .current_dir(root)
        .output()
        .expect("bash runs scripts/helm-check");
    let found = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the chart is wrong, or its checks cannot run (scripts/install-tools installs what they \
         need):\n{found}"
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("helm-check: fine"), "unexpected answer: {said}{found}");
}
