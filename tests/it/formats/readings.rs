//! All common readings of a name: what one of the frameworks below reads as a selected field is
//! selected or refused. The readers are written after the sources of the frameworks, and know nothing of
//! ours; `scripts/oracles` asks the frameworks themselves.

use cloakroom::document;
use cloakroom::document::Boundary;
use cloakroom::document::Dialect;
use cloakroom::document::Field;
use cloakroom::document::FileAs;
use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom::document::Parts;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Reason;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::formats::decoded;
use crate::formats::program;
use crate::formats::reading;
use crate::formats::select;
use crate::formats::texts;

/// A step of a name that was taken apart; positions are members with digits for names.
type Path = Vec<String>;

/// What the readers of the frameworks make of a name.
fn readings(name: &str) -> Vec<Path> {
    let plain = vec![name.to_owned()];
    if is_dotted(name) {
        // PHP and qs without dots leave out what is behind the brackets of `users[0].name`. That is no
        // reason to make a token of every name that Spring and ASP.NET write.
        return vec![plain, rack(name), qs(name, true), beans(name)];
    }
    vec![plain, php(name), rack(name), qs(name, false), qs(name, true), beans(name)]
}

/// Whether a name is words behind dots and in brackets that match, with a dot behind a bracket.
fn is_dotted(name: &str) -> bool {
    let mut outside = String::new();
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once('[') {
        let Some((inside, behind)) = behind.split_once(']') else { return false };
        if inside.contains('[') {
            return false;
        }
        outside += before;
        rest = behind;
    }
    outside += rest;
    name.contains("].")
        && !name.starts_with('[')
        && outside.split('.').all(|word| !word.is_empty() && !word.contains(']'))
}

fn owned(parts: &[&str]) -> Path {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// `php_register_variable_ex`: blanks in front go, dots and blanks of the base become underscores,
/// brackets are steps up to the first one that does not follow another, and an open one is an underscore.
fn php(name: &str) -> Path {
    let name = name.trim_start_matches(' ');
    let (base, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut path = vec![base.replace([' ', '.'], "_")];
    let mut rest = rest;
    while let Some(inside) = rest.strip_prefix('[') {
        let Some((part, behind)) = inside.split_once(']') else {
            if path.len() == 1 {
                path[0] = format!("{}_{inside}", path[0]);
            }
            break;
        };
        path.push(part.trim_start_matches([' ', '\t']).to_owned());
        rest = behind;
    }
    path
}

/// Rack 2.2, `normalize_params`: words between runs of brackets.
fn rack(name: &str) -> Path {
    let words = name.split(['[', ']']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// qs, `parseKeys`: the base up to the first brackets that match, and brackets that match behind it.
fn qs(name: &str, dots: bool) -> Path {
    let mut text = String::new();
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if dots && letter == '.' && letters.peek().is_some_and(|next| !['.', '['].contains(next)) {
            let word: String =
                std::iter::from_fn(|| letters.next_if(|l| !['.', '['].contains(l))).collect();
            text += &["[", &word, "]"].concat();
        } else {
            text.push(letter);
        }
    }
    let mut path = Vec::new();
    let mut rest = text.as_str();
    let first = match rest.split_once(']') {
        Some((before, _)) => before.rfind('[').unwrap_or(rest.len()),
        None => rest.len(),
    };
    if first > 0 {
        path.push(rest[..first].to_owned());
    }
    rest = &rest[first..];
    while let Some(open) = rest.find('[') {
        let Some(length) = rest[open..].find(']') else { break };
        let inside = &rest[open + 1..open + length];
        if inside.contains('[') {
            rest = &rest[open + 1..];
            continue;
        }
        path.push(inside.to_owned());
        rest = &rest[open + length + 1..];
    }
    path
}

/// Spring and ASP.NET: `Users[0].Email`, without regard to case.
fn beans(name: &str) -> Path {
    let words = name.split(['.', '[', ']']).filter(|word| !word.is_empty());
    words.map(|word| word.trim_matches(['\'', '"', ' ']).to_lowercase()).collect()
}

/// Prefixes: of Django's forms and formsets, of `WebForms` and JSF's containers, of ASP.NET's models.
fn prefixed(name: &str) -> Vec<Path> {
    let mut all = Vec::new();
    for separator in ['-', '$', ':'] {
        if let Some((_, last)) = name.rsplit_once(separator) {
            all.push(owned(&[last]));
        }
    }
    let bean = beans(name);
    // A dot in brackets is part of a key.
    let mut outside =
        name.split('[').map(|part| part.split_once(']').map_or(part, |(_, behind)| behind));
    if outside.any(|part| part.contains('.')) && bean.len() > 1 {
        all.push(bean[1..].to_vec());
    }
    all
}

/// Whether a selector of names and `*` selects what is read there, or goes deeper where a scalar is.
fn selects(selector: &[&str], path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).filter(|step| !step.is_empty()).collect();
    let mut steps = selector.iter().zip(&path);
    // The law: a scalar stands for the list or the object that a rule goes into. Which members a
    // wildcard means is not known, so a scalar below one of them stands for nothing.
    let member = path.len() < selector.len()
        && path.last().is_some_and(|last| {
            selector[path.len() - 1] == "*" && !last.bytes().all(|byte| byte.is_ascii_digit())
        });
    !path.is_empty() && !member && steps.all(|(step, read)| step == read || *step == "*")
}

const SELECTORS: [(&str, &[&str]); 4] = [
    ("$.email", &["email"]),
    ("$.user.email", &["user", "email"]),
    ("$.users[*].email", &["users", "*", "email"]),
    ("$.phones[*]", &["phones", "*"]),
];

/// Whether the value of a name is protected, or its message refused, in a format.
fn is_safe(format: Format, source: &str, selector: &str) -> bool {
    select(format, source, &[selector]).map_or(true, |fields| !fields.is_empty())
}

fn form(name: &str) -> String {
    let escaped: Vec<String> = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let escaped = escaped.concat();
    format!("a=1&{escaped}=VALUE&z=2")
}

fn part(name: &str) -> (Format, String) {
    let head = format!("Content-Disposition: form-data; name=\"{name}\"");
    let format = Format::Multipart(Boundary::new("xyz").unwrap());
    (format, format!("--xyz\r\n{head}\r\n\r\nVALUE\r\n--xyz--"))
}

fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "email", "Email", "user", "User", "users", "phones", "0", "00", "2", "form", "x", "",
    ]);
    let between =
        prop::sample::select(vec!["[", "]", "][", "[]", ".", "-", "$", ":", " ", "[0]", "]."]);
    (prop::collection::vec((word, between), 1..5), prop::bool::ANY).prop_map(|(parts, closed)| {
        let mut name: String = parts.iter().flat_map(|&(word, between)| [word, between]).collect();
        if closed {
            name = name.trim_end_matches(['[', '.', '-', '$', ':', ' ']).to_owned();
        }
        name
    })
}

proptest! {
    // The models of the readers are looser than the readers: the seed is fixed, so that a change is judged
    // by itself. New names are drawn by `scripts/oracles --long`, from the frameworks themselves.
    #![proptest_config(ProptestConfig {
        cases: 4000,
        rng_seed: RngSeed::Fixed(8),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_any_framework_reads_as_selected_is_selected_or_refused(name in name()) {
        let readings = readings(&name);
        for (selector, steps) in SELECTORS {
            let prefixed = prefixed(&name).iter().any(|path| path.len() == steps.len() && selects(steps, path));
            if !prefixed && !readings.iter().any(|path| selects(steps, path)) {
                continue;
            }
            let (multipart, body) = part(&name);
            for (format, source) in [
                (Format::Form, form(&name)),
                (Format::Query, form(&name)),
                (multipart, body),
                (Format::Cookie, format!("a=1; {name}=VALUE; z=2")),
            ] {
                prop_assert!(is_safe(format, &source, selector), "{selector} {name:?} {format:?}");
            }
        }
    }

    #[test]
    fn all_readings_find_what_the_standard_finds(names in prop::collection::vec(name(), 1..4)) {
        let selectors: Vec<&str> = SELECTORS.iter().map(|&(selector, _)| selector).collect();
        let program = program(&selectors);
        let forms: Vec<String> = names.iter().map(|name| form(name)).collect();
        let cookies: Vec<String> = names.iter().map(|name| format!("{name}=VALUE")).collect();
        for (format, source) in [(Format::Form, forms.join("&")), (Format::Cookie, cookies.join("; "))] {
            let find = |readings| {
                let context = ReadContext { readings, ..reading(&program) };
                document::select_with(format, source.as_bytes(), context)
            };
            let (Ok(standard), Ok(all)) = (find(Readings::Standard), find(Readings::All)) else {
                continue;
            };
            let found = |field: &Field| all.iter().any(|other| other.span == field.span);
            prop_assert!(standard.iter().all(found), "{source}");
        }
    }
}

#[test]
fn a_name_of_more_words_than_are_looked_at_is_protected_if_one_is_in_a_rule() {
    let long = |last: &str| format!("{}{last}=VALUE", "a.".repeat(40));
    assert_eq!(texts(Format::Form, &long("email"), &["$.email"]), ["VALUE"]);
    assert_eq!(texts(Format::Form, &long("Email"), &["$.user.email"]), ["VALUE"]);
    assert!(texts(Format::Form, &long("b"), &["$.email"]).is_empty());
}

/// qs moves elements together, PHP goes by their order.
#[test]
fn elements_whose_numbers_leave_their_order_are_protected_at_every_position() {
    for (names, selector, protected) in [
        ("list[5] list[6]", "$.list[1]", "01"),
        ("list[0] list[1] list[2]", "$.list[1]", "1"),
        ("list[1] list[0]", "$.list[1]", "01"),
        ("list[0] list[2] list[1]", "$.list[0]", "012"),
        ("list[] list[5]", "$.list[1]", "1"),
        ("users[0][email] users[0][x] users[1][email] users[0][email]", "$.users[1].email", "2"),
        ("users[4].email users[7].email users[7].x", "$.users[1].email", "01"),
        ("users.3.email users.4.email", "$.users[0].email", "01"),
        ("list[00] list[0]", "$.list[1]", "01"),
        ("list-5 list-6", "$.list[1]", "01"),
        ("list[][] list[]", "$.list[1]", "1"),
        ("list[] list[][]", "$.list[1]", "1"),
        ("list][] list[]", "$.list[1]", "01"),
        ("list list[x][]", "$.list[1]", "01"),
        ("users[][x] users[][email]", "$.users[1].email", "1"),
        ("list[0] list.0", "$.list[1]", "1"),
        ("list[5] list[6]", "$.other[1]", ""),
    ] {
        let pairs = names.split(' ').enumerate().map(|(at, name)| format!("{name}={at}"));
        let source = pairs.collect::<Vec<_>>().join("&");
        for format in [Format::Form, Format::Query] {
            assert_eq!(
                texts(format, &source, &[selector]).concat(),
                protected,
                "{names} {selector}"
            );
        }
    }
}

#[test]
fn names_of_ordinary_applications_pass_as_they_are() {
    let selectors = ["$.email", "$.user.email", "$.users[*].email", "$.phones[*]", "$.user_email"];
    for name in [
        // Rails
        "authenticity_token|utf8|_method|user[name]|user[address_attributes][0][street]|user[role_ids][]",
        "user[email_confirmation]|user[born(1i)]|commit|search[email_cont]|order[user][email]",
        // PHP
        "q|id[]|edit[field_x][und][0][value]|tx_news_pi1[search][subject]|fields[12][options][3]",
        // Django, WTForms
        "csrfmiddlewaretoken|form-TOTAL_FORMS|form-0-id|form-__prefix__-name|users-0-name|email_0|address-street",
        // ASP.NET, WebForms, JSF, Spring
        "__VIEWSTATE|ctl00$main$name|Items[0].Name|Users[0].Name|users[0].emails|j_idt5:name|form:j_idt10|_name",
        // node
        "user[settings][theme]|filter[createdAt][$gte]|a.b.c|page|sort|-created|utm_source",
    ]
    .iter()
    .flat_map(|names| names.split('|'))
    {
        let (multipart, body) = part(name);
        for (format, source) in [
            (Format::Form, form(name)),
            (Format::Query, form(name)),
            (multipart, body),
            (Format::Cookie, format!("a=b=c; {name}=VALUE; z=2")),
        ] {
            assert!(texts(format, &source, &selectors).is_empty(), "{name}");
        }
    }
}

#[test]
fn the_spellings_that_were_found_are_protected() {
    for (name, selector) in [
        ("[email]", "$.email"),
        ("email]", "$.email"),
        (" email", "$.email"),
        ("Email", "$.email"),
        ("User.Email", "$.user.email"),
        ("user.email", "$.user.email"),
        ("Users[0].Email", "$.users[*].email"),
        ("form-2-email", "$.email"),
        ("ctl00$main$email", "$.email"),
        ("phones", "$.phones[*]"),
        ("email.x", "$.email"),
    ] {
        assert_eq!(texts(Format::Form, &form(name), &[selector]), ["VALUE"], "{name}");
        let (format, body) = part(name);
        assert_eq!(texts(format, &body, &[selector]), ["VALUE"], "{name}");
    }
    for (name, selector) in [
        ("user[email", "$.user.email"),
        ("user][email]", "$.user.email"),
        ("users[][email]x", "$.users[*].email"),
    ] {
        assert!(is_safe(Format::Form, &form(name), selector), "{name}");
    }
}

#[test]
fn a_member_of_something_else_stays() {
    for name in ["owner[email]", "my_email", "emails", "email_", "email-confirm", "x"] {
        assert!(texts(Format::Form, &form(name), &["$.email"]).is_empty(), "{name}");
    }
    assert!(texts(Format::Form, "owner.email=a", &["$.user.email"]).is_empty());
}

#[test]
fn namesakes_are_elements_of_a_list() {
    for source in ["phones=a&phones=b", "phones[]=a&phones[]=b", "phones[0]=a&phones.1=b"] {
        assert_eq!(texts(Format::Form, source, &["$.phones[*]"]), ["a", "b"], "{source}");
    }
}

#[test]
fn a_form_whose_rules_count_from_the_end_is_not_read_part_by_part() {
    assert!(program(&["$.phones[*]", "$.email"]).reads_parts_alone());
    assert!(program(&["$.phones[1]"]).reads_parts_alone());
    assert!(!program(&["$.phones[-1]"]).reads_parts_alone());
}

#[test]
fn a_name_that_ends_behind_another_equals_sign_is_refused() {
    for source in ["=[email]=X", "a=[email]=X", "a=%5bemail%5D=X", "=%[email]=X", "=%x[email%5d=X"]
    {
        assert!(select(Format::Form, source, &["$..email"]).is_err(), "{source}");
    }
    assert!(select(Format::Form, "a=[x]=y&b=c=d", &["$..email"]).is_ok());
}

#[test]
fn a_file_is_refused_under_a_selected_name_in_a_long_form_too() {
    let body = |kind: &str| {
        let head = "Content-Disposition: form-data; name=\"email\"; filename=\"a\"";
        format!("--xyz\r\n{head}{kind}\r\n\r\nX\r\n--xyz--")
    };
    let (format, _) = part("");
    let mut stream = Parts::new(Boundary::new("xyz").unwrap(), Options::default(), 100);
    stream.feed(body("").as_bytes());
    let refused = std::iter::from_fn(|| stream.next_piece(&program(&["$.email"])).transpose())
        .find_map(Result::err);
    assert_eq!(refused.map(|refusal| refusal.reason), Some(Reason::AmbiguousFile));
    for kind in ["", "\r\nContent-Type: image/png"] {
        assert!(select(format, &body(kind), &["$.email"]).is_err(), "{kind}");
        assert!(select(format, &body(kind), &["$.other"]).is_ok(), "{kind}");
    }
}

#[test]
fn a_part_with_the_name_of_a_file_that_is_read_has_the_name_of_one() {
    let csv = FileAs::Csv(Dialect::default());
    let options = Options { files: vec![("people".to_owned(), csv)], ..Options::default() };
    let find = |name: &str, file: &str, rows: &str, selector: &str| {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        let body = format!("--xyz\r\n{head}\r\n\r\n{rows}\r\n--xyz--");
        let program = program(&[selector]);
        let context = ReadContext { options: &options, ..reading(&program) };
        let fields = document::select_with(part("").0, body.as_bytes(), context);
        fields.map(|fields| decoded(&body, &fields))
    };
    let file = "; filename=\"p.csv\"";
    for name in
        ["people", "PEOPLE", " people", "people[]", "people[0]", "[people]", "form-0-people"]
    {
        for selector in ["$.people[*].email", "$..email"] {
            for rows in ["email\nX", "id, Email\n1,X", "em\\ail\nX"] {
                match find(name, file, rows, selector).map_err(|error| error.reason) {
                    Ok(found) => assert_eq!(found, ["X"], "{name} {rows} {selector}"),
                    Err(reason) => assert_eq!(reason, Reason::AmbiguousName, "{name}"),
                }
            }
            let field = find(name, "", "email\nX", selector).map_err(|error| error.reason);
            assert_eq!(field, Err(Reason::AmbiguousFile), "{name} {selector}");
        }
        assert!(find(name, file, "mail\nX", "$.people[*].email").is_err(), "{name}");
    }
    assert_eq!(find("people", "", "", "$..email"), Ok(Vec::new()));
    assert_eq!(find("peoples", "", "email\nX", "$..email"), Ok(Vec::new()));
}

#[test]
fn columns_are_found_by_the_names_that_lenient_readers_give_them() {
    let csv = Format::Csv(Dialect::default());
    for header in ["id, email", "id,EMAIL", "id,\"email \"", "id,\u{feff}email", "id,em\\ail"] {
        assert_eq!(texts(csv, &format!("{header}\n1,X\n"), &["$[*].email"]), ["X"], "{header}");
    }
    for source in
        ["id;mail\n1;X\n", "id|email\n1|X\n", "sep=;\nemail\nX\n", "Users\nemail\nX\n", "email=X"]
    {
        assert!(select(csv, source, &["$[*].email"]).is_err(), "{source}");
    }
    assert!(select(csv, "id,name\n1,X\n", &["$.email"]).is_ok());
}

#[test]
fn a_cookie_inside_of_another_one_is_refused() {
    for line in [
        "a=b email=X",
        "a=b email =X",
        "mail=, email =X",
        "=email=X",
        "= =email=X",
        "[=email=X",
        "(,$=email=X",
        "a=, email=X",
        "a=b,email=X",
        "a=\"x, email=y\"",
        "a=b, [email]=X",
    ] {
        assert!(select(Format::Cookie, line, &["$.email"]).is_err(), "{line}");
        assert!(select(Format::Cookie, line, &["$.other"]).is_ok(), "{line}");
    }
    for line in ["prefs=a=b&email=X", "a=b=email=X", "email2=x y=z", "a=b c; d=e"] {
        assert!(texts(Format::Cookie, line, &["$.email"]).is_empty(), "{line}");
    }
    for line in ["$Version=1; email=X", ")email=X", ",email=X", "$ email=X", "$email=X"] {
        assert!(is_safe(Format::Cookie, line, "$.email"), "{line}");
    }
}

#[test]
fn a_row_of_names_without_a_selected_column_is_refused_also_alone() {
    let csv = Format::Csv(Dialect::default());
    for source in ["id,mail\n1,a@canary.example\n", "a@canary.example,1", "a@canary.example\n"] {
        let refused = select(csv, source, &["$[*].email"]).unwrap_err();
        assert_eq!(refused.reason, Reason::MissingColumn, "{source}");
    }
    for source in ["", "id,email\n", "id,email\n1,a@canary.example\n"] {
        assert!(select(csv, source, &["$[*].email"]).is_ok(), "{source}");
    }
}
