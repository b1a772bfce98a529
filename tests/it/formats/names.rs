//! Names of form fields, parts and cookies as the readers of common platforms take them.

use cloakroom::document::Boundary;
use cloakroom::document::Format;

use crate::formats::texts;

#[test]
fn dots_and_spaces_are_underscores_to_php() {
    for name in ["user.email", "user+email", "%20user.email", "user_email", "user%2eemail"] {
        let source = format!("x=1&{name}=a%40b");
        assert_eq!(texts(Format::Form, &source, &["$.user_email"]), ["a@b"], "{name}");
    }
    assert_eq!(texts(Format::Query, "my.user[e.mail]=a", &["$.my_user['e.mail']"]), ["a"]);
    assert_eq!(texts(Format::Query, "user.email=a", &["$['user.email']"]), ["a"]);
    assert_eq!(texts(Format::Cookie, "user.email=a", &["$.user_email"]), ["a"]);
    let part = "--x\r\nContent-Disposition: form-data; name=\"user.email\"\r\n\r\na\r\n--x--";
    let format = Format::Multipart(Boundary::new("x").unwrap());
    assert_eq!(texts(format, part, &["$.user_email"]), ["a"]);
}
