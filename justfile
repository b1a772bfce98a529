# The commands of this project. Each is one line that also works without `just`.

# what there is
default:
    @just --list

# everything that CI runs; installs what is missing
ci:
    .ci/run

# format and lints, fast
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets -- -D warnings

# unit, property, integration and documentation tests
test *ARGS:
    cargo test --locked {{ARGS}}

# the golden exchanges
cases:
    cargo test --locked --test it cases::

# three real applications behind the gateway; installs what is missing
apps *NAMES:
    cargo build --locked && scripts/apps {{NAMES}}

# what real frameworks read in what the gateway forwards; installs what is missing
oracles *ARGS:
    cargo build --locked && scripts/oracles {{ARGS}}

# few bytes that cost much, against a real process: what others notice
attack *NAMES:
    cargo build --release --locked && scripts/attack {{NAMES}}

# the Helm chart: lint, render, validate against Kubernetes schemas
helm:
    scripts/helm-check

# coverage-guided fuzzing of every parser, a minute each or as told; installs cargo-fuzz
fuzz *ARGS:
    scripts/fuzz {{ARGS}}

# load on the gateway, beside nginx when that is installed
bench *ARGS:
    cargo bench --bench load -- {{ARGS}}

# the documentation of the code
docs:
    cargo doc --locked --no-deps --document-private-items --open

# licences, sources, advisories and duplicates of dependencies (needs cargo-deny)
deny:
    cargo deny check
