//! `people` for operators, without its secrets.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::people::AfterErase;
use crate::config::people::Demo;
use crate::config::people::Login;
use crate::config::people::People;
use crate::config::people::PeopleListen;
use crate::config::people::SeenBy;
use crate::config::people::SmtpSecurity;
use crate::config::units::show_time;

/// Everything as it is in force; files of secrets are named, never read.
pub(in crate::config) fn shown(people: &People) -> Value {
    let brakes = people.brakes.iter().map(|(group, brakes)| {
        let own = json!({
            "reads_per_minute": brakes.reads_per_minute,
            "erasures_per_hour": brakes.erasures_per_hour,
        });
        (group.clone(), own)
    });
    json!({
        "url": people.url,
        "demo_key": people.demo == Demo::Key,
        "listen": people.listen.iter().map(listen).collect::<Vec<_>>(),
        "deliver": people.smtp.as_ref().map(|smtp| json!({ "smtp": {
            "host": smtp.host,
            "port": smtp.port,
            "security": match smtp.security {
                SmtpSecurity::Clear => "clear",
                SmtpSecurity::StartTls => "starttls",
                SmtpSecurity::Tls => "tls",
            },
            "from": smtp.from,
            "user": smtp.login.as_ref().map(|login| &login.user),
            "password_file": smtp.login.as_ref().map(|login| &login.password_file),
        } })),
        "brakes": brakes.collect::<Map<_, _>>(),
        "peers": people.peers,
        "inactive": people.inactive.map(show_time),
        "longest": show_time(people.longest),
        "notice": show_time(people.notice),
        "login": match people.login { Login::Unique => "unique", Login::Sole => "sole" },
        "after_erase": match people.after_erase {
            AfterErase::Fresh => "fresh",
            AfterErase::Same => "same",
        },
        "seen_by": match people.seen_by { SeenBy::Group => "group", SeenBy::Name => "name" },
    })
}

fn listen(entry: &PeopleListen) -> Value {
    let serves: Vec<&str> = entry.serves.iter().map(|word| word.as_str()).collect();
    let mut shown = crate::config::shown::listen(&entry.listen);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert(String::from("serves"), json!(serves));
    }
    shown
}
