//! `people` of the configuration: what it comes to mean, and what is wrong with it.

use std::path::Path;
use std::time::Duration;

use cloakroom::base::Diagnostic;
use cloakroom::config::People;
use cloakroom::config::people::AfterErase;
use cloakroom::config::people::Brakes;
use cloakroom::config::people::Demo;
use cloakroom::config::people::Login;
use cloakroom::config::people::SeenBy;
use cloakroom::config::people::Serves;
use cloakroom::config::people::SmtpSecurity;

use super::helpers::SHOP;
use super::helpers::config;
use super::helpers::parse;
use super::helpers::told;

/// As written in the task of the first slice.
const EXAMPLE: &str = r#"people:
  url: http://127.0.0.1:8443
  demo_key: true                       # makes DEMO a key; refused unless every listener is on loopback
  listen:
    - { address: 127.0.0.1:8443, serves: [portal, api, databunker, console] }
  deliver: { smtp: { url: "smtp://127.0.0.1:2525", from: "privacy@shop.example" } }
"#;

/// As written in the design.
const TWO_LISTENERS: &str = r#"people:
  url: https://privacy.shop.example        # links come from this, never from Host
  listen:
    - { address: "0.0.0.0:8443", tls: { cert: c.pem, key: k.pem }, serves: [portal] }
    - { address: "10.0.0.5:8444", tls: { cert: c.pem, key: k.pem }, serves: [api, databunker, console] }
"#;

fn people(block: &str) -> People {
    config(&format!("{SHOP}{block}")).people.unwrap()
}

/// The mistakes of a block in which only `url` and one listener stand beside these lines; they begin in line 16.
fn mistakes(lines: &str) -> Vec<String> {
    let head = "people:\n  url: http://127.0.0.1:8443\n  listen: [{ address: 127.0.0.1:8443, serves: [api] }]\n";
    mistakes_of(&format!("{head}{lines}"))
}

fn mistakes_of(block: &str) -> Vec<String> {
    let found = parse(&format!("{SHOP}{block}")).expect_err("the file should be refused");
    told(&found.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>())
}

#[test]
fn the_example_works_as_written() {
    let people = people(EXAMPLE);
    assert_eq!((people.url.as_str(), people.demo), ("http://127.0.0.1:8443", Demo::Key));
    let [only] = people.listen.as_slice() else { panic!("one listener") };
    assert_eq!(only.listen.address.to_string(), "127.0.0.1:8443");
    assert_eq!(only.serves, [Serves::Portal, Serves::Api, Serves::Databunker, Serves::Console]);
    let smtp = people.smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port), ("127.0.0.1", 2525));
    assert_eq!((smtp.security, smtp.from.as_str()), (SmtpSecurity::Clear, "privacy@shop.example"));
    assert!(smtp.login.is_none() && people.brakes.is_empty() && people.peers.is_empty());
    assert_eq!(people.inactive, None);
    assert_eq!(people.longest, Duration::from_hours(93 * 24));
    assert_eq!(people.notice, Duration::from_hours(24));
    assert_eq!(
        (people.login, people.after_erase, people.seen_by),
        (Login::Unique, AfterErase::Fresh, SeenBy::Group)
    );
}

#[test]
fn the_example_of_the_design_works_as_written() {
    let config = config(&format!("{SHOP}{TWO_LISTENERS}"));
    let people = config.people.as_ref().unwrap();
    assert_eq!((people.demo, people.listen.len()), (Demo::NoKey, 2));
    assert_eq!(people.listen[1].serves, [Serves::Api, Serves::Databunker, Serves::Console]);
    // Their certificates are checked and watched like those of other listeners.
    let files: Vec<&Path> = config.certificates().map(|tls| tls.certificate.as_path()).collect();
    assert_eq!(files, [Path::new("/etc/cloakroom/c.pem"); 2]);
}

#[test]
fn everything_else_is_read_too() {
    let people = people(
        r"people:
  url: https://privacy.shop.example/
  listen: [{ address: '127.0.0.1:0', serves: [portal] }]
  deliver:
    smtp: { url: 'smtp://mail.example:587', from: a@b.example, user: u, password_file: p }
  brakes: { support: { reads_per_minute: 60 }, interns: { erasures_per_hour: 1 } }
  peers: [https://two.internal:8444]
  inactive: 2y
  longest: 30d
  notice: 0s
  login: sole
  after_erase: same
  seen_by: name
",
    );
    assert_eq!((people.url.as_str(), people.demo), ("https://privacy.shop.example", Demo::NoKey));
    let smtp = people.smtp.unwrap();
    assert_eq!(smtp.security, SmtpSecurity::StartTls);
    assert_eq!(smtp.login.unwrap().password_file, Path::new("/etc/cloakroom/p"));
    let support = Brakes { reads_per_minute: Some(60), erasures_per_hour: 50 };
    assert_eq!(people.brakes["support"], support);
    let interns = Brakes { reads_per_minute: None, erasures_per_hour: 1 };
    assert_eq!(people.brakes["interns"], interns);
    assert_eq!(people.peers, ["https://two.internal:8444"]);
    assert_eq!(people.inactive, Some(Duration::from_hours(730 * 24)));
    assert_eq!((people.longest, people.notice), (Duration::from_hours(720), Duration::ZERO));
    assert_eq!(
        (people.login, people.after_erase, people.seen_by),
        (Login::Sole, AfterErase::Same, SeenBy::Name)
    );
}

#[test]
fn without_it_nobody_is_served() {
    assert!(config(SHOP).people.is_none());
}

#[test]
fn shown_says_what_is_in_force() {
    let shown = config(&format!("{SHOP}{EXAMPLE}")).shown();
    let people = &shown["people"];
    assert_eq!(people["demo_key"], true);
    assert_eq!(people["listen"][0]["serves"][3], "console");
    assert_eq!(people["deliver"]["smtp"]["security"], "clear");
    assert_eq!((&people["longest"], &people["login"]), (&"2232h".into(), &"unique".into()));
}

#[test]
fn only_this_machine_is_served_without_tls() {
    for address in ["0.0.0.0:8443", "10.0.0.5:8443", "[::]:8443"] {
        let block = format!(
            "people:\n  url: https://p.example\n  listen: [{{ address: '{address}', serves: [api] }}]\n"
        );
        let wanted = format!(
            "c.yaml:15:23: error: personal data would go over the network in clear: `{address}`\n    hint: add `tls: {{ cert: …, key: … }}`, or listen on 127.0.0.1 or [::1]"
        );
        assert_eq!(mistakes_of(&block), [wanted]);
    }
    let local =
        "people:\n  url: http://localhost:1\n  listen: [{ address: '[::1]:1', serves: [api] }]\n";
    assert_eq!(people(local).listen.len(), 1);
}

#[test]
fn demo_is_a_key_on_loopback_only() {
    let hint = "hint: `DEMO` has every right: bind every listener to 127.0.0.1 or [::1], or take the key out";
    let wanted = format!(
        "c.yaml:15:13: error: `DEMO` would be a key that other machines can use: `true`\n    {hint}"
    );
    let tls = "{ address: '0.0.0.0:8443', tls: { cert: c, key: k }, serves: [api] }";
    let theirs = EXAMPLE.replace("    - {", &format!("    - {tls}\n    - {{"));
    let theirs = theirs.replace("127.0.0.1:8443, serves", "127.0.0.1:8444, serves");
    assert_eq!(mistakes_of(&theirs), std::slice::from_ref(&wanted));
    // Also the listener of the data path, and that of operators.
    for other in ["listen: 127.0.0.1:8080", "listen: 127.0.0.1:8081"] {
        let file = format!("{SHOP}{EXAMPLE}");
        let open = file.replacen(other, &other.replace("127.0.0.1", "0.0.0.0"), 1);
        let found = told(&parse(&open).unwrap_err());
        assert!(found.contains(&wanted), "{found:#?}");
    }
    let off = theirs.replace("demo_key: true", "demo_key: false");
    assert_eq!(people(&off).demo, Demo::NoKey);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_has_its_place_and_a_remedy() {
    for (lines, wanted) in [
        (
            "  deliver: { smtp: { url: mail.example, from: a@b.example } }\n",
            "c.yaml:16:27: error: not the URL of a mail server: `mail.example`\n    hint: such as `smtp://127.0.0.1:2525` or `smtps://mail.example:465`",
        ),
        (
            "  deliver: { smtp: { url: 'smtp://u:geheim@mail.example:25', from: a@b.example } }\n",
            "c.yaml:16:27: error: not the URL of a mail server\n    hint: no user name or password in the URL: they are `user` and `password_file`",
        ),
        (
            "  deliver: { smtp: { url: 'smtps://mail.example', from: a@b.example } }\n",
            "c.yaml:16:27: error: not the URL of a mail server: `smtps://mail.example`\n    hint: the port is missing",
        ),
        (
            "  deliver: { smtp: { url: 'smtp://127.0.0.1:25', from: 'Shop <a@b.example>' } }\n",
            "c.yaml:16:56: error: not the address of a sender: `Shop <a@b.example>`\n    hint: one address, such as `privacy@shop.example`",
        ),
        (
            "  deliver: { smtp: { url: 'smtps://m.example:465', from: a@b.example, user: u } }\n",
            "c.yaml:16:77: error: a user without a password: `u`\n    hint: add `password_file:`",
        ),
        (
            "  peers: [http://two.internal:8444]\n",
            "c.yaml:16:11: error: not the URL of a gateway: `http://two.internal:8444`\n    hint: write `https`; `http` is for this machine alone",
        ),
        (
            "  longest: 1h\n",
            "c.yaml:16:12: error: no removal could be announced: `1h`\n    hint: `notice` (default `1d`) is at most `longest` (default `93d`)",
        ),
        (
            "  inactive: 0d\n",
            "c.yaml:16:13: error: removal of everybody would be announced at once: `0d`\n    hint: such as `2y`",
        ),
        (
            "  notice: 1 month\n",
            "c.yaml:16:11: error: not a period: `1 month`\n    hint: write a whole number and s, m, h, d or y: `93d`",
        ),
        (
            "  brakes: { support: { reads_per_minute: 0 } }\n",
            "c.yaml:16:42: error: a limit of zero would let nothing through: `0`\n    hint: write at least 1",
        ),
        (
            "  login: anybody\n",
            "c.yaml:16:10: error: not one of the words that can stand here: `anybody`\n    hint: known here: unique, sole",
        ),
        ("  sole: true\n", "c.yaml:16:3: error: unknown key: `sole`"),
    ] {
        let found = mistakes(lines);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with(wanted), "{lines}{found:#?}");
        assert!(!found[0].contains("geheim"));
    }
    for (listen, wanted) in [
        (
            "[]",
            "c.yaml:15:11: error: nobody could connect\n    hint: such as `[{ address: 127.0.0.1:8443, serves: [portal, api] }]`",
        ),
        (
            "[{ address: 127.0.0.1:8443, serves: [] }]",
            "c.yaml:15:47: error: this listener serves nothing\n    hint: there is: portal, api, databunker, console",
        ),
        (
            "[{ address: 127.0.0.1:8443, serves: [api, api] }]",
            "c.yaml:15:53: error: this is served here already: `api`\n    hint: take one of the two out",
        ),
        (
            "[{ address: 127.0.0.1:8081, serves: [api] }]",
            "c.yaml:15:23: error: another listener has this address: `127.0.0.1:8081`\n    hint: give it a port of its own",
        ),
        (
            "[{ address: 127.0.0.1:8443, serves: [acme] }]",
            "c.yaml:15:48: error: not one of the words that can stand here: `acme`\n    hint: known here: portal, api, databunker, console",
        ),
    ] {
        let block = format!("people:\n  url: http://127.0.0.1:1\n  listen: {listen}\n");
        let found = mistakes_of(&block);
        assert!(found.contains(&wanted.to_owned()), "{listen}\n{found:#?}");
    }
    let url = EXAMPLE.replace("http://127.0.0.1:8443", "http://privacy.shop.example");
    assert_eq!(
        mistakes_of(&url),
        [
            "c.yaml:14:8: error: not the URL of these pages: `http://privacy.shop.example`\n    hint: write `https`; `http` is for this machine alone"
        ]
    );
}
