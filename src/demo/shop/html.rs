//! Plain HTML, the way it was done: text put together, every value escaped.

use std::fmt::Write;

use super::store::Customer;
use super::store::Draft;

/// Escapes text for element content and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A whole page around this content.
pub(super) fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title} - Corner Shop</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n\
         <p><a href=\"/customers\">Customers</a> | <a href=\"/customers/new\">New customer</a></p>\n\
         {content}</body>\n</html>\n"
    )
}

const STYLE: &str = "body{font-family:sans-serif;margin:2em}\
table{border-collapse:collapse}td,th{border:1px solid #999;padding:4px 8px;text-align:left}\
label{display:block;margin:.5em 0}input,textarea{width:24em}.error{color:#b00}";

/// The search box and the table.
pub(super) fn list(customers: &[Customer], searched: &str) -> String {
    let mut out = format!(
        "<form method=\"get\" action=\"/customers\">\n\
         <label>E-mail <input name=\"email\" value=\"{}\"></label>\n\
         <button>Search</button>\n</form>\n\
         <table>\n<tr><th>No.</th><th>Name</th><th>E-mail</th><th>Phone</th><th>Note</th><th></th></tr>\n",
        escape(searched)
    );
    for customer in customers {
        out.push_str(&row(customer));
    }
    let _infallible = writeln!(out, "</table>\n<p>{} customers</p>", customers.len());
    out
}

fn row(customer: &Customer) -> String {
    format!(
        "<tr><td>{id}</td><td>{name}</td><td><a href=\"mailto:{email}\">{email}</a></td>\
         <td>{phone}</td><td>{note}</td><td><a href=\"/customers/{id}/edit\">edit</a></td></tr>\n",
        id = customer.id,
        name = escape(&customer.name),
        email = escape(&customer.email),
        phone = escape(&customer.phone),
        note = escape(&customer.note),
    )
}

/// The form for a new or known customer, with what was wrong last time.
pub(super) fn form(action: &str, draft: &Draft, error: Option<&str>) -> String {
    let error =
        error.map_or_else(String::new, |text| format!("<p class=\"error\">{}</p>\n", escape(text)));
    format!(
        "{error}<form method=\"post\" action=\"{action}\">\n\
         <label>Name <input name=\"name\" maxlength=\"80\" value=\"{name}\"></label>\n\
         <label>E-mail <input name=\"email\" maxlength=\"64\" value=\"{email}\"></label>\n\
         <label>Phone <input name=\"phone\" maxlength=\"40\" value=\"{phone}\"></label>\n\
         <label>Note <textarea name=\"note\" rows=\"4\">\n{note}</textarea></label>\n\
         <button>Save</button>\n</form>\n",
        action = escape(action),
        name = escape(&draft.name),
        email = escape(&draft.email),
        phone = escape(&draft.phone),
        note = escape(&draft.note),
    )
}
