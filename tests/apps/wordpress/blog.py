"""WordPress as its users know it: pages and forms."""

import re
import urllib.parse

from lib.forms import Page
from lib.web import Client

TITLE = "The Parish Register"


class Refused(Exception):
    """WordPress, or the gateway, did not do what it was asked. The message is what the page said."""


def notices(answer):
    """What a page complains about, as one line."""
    found = re.findall(r'(?s)<(?:div|p)[^>]*(?:id="login_error"|class="[^"]*(?:error|wp-die-message)[^"]*")[^>]*>(.*?)</(?:div|p)>', answer.text)
    text = " ".join(re.sub(r"<[^>]+>", " ", part) for part in found) or answer.text[:200]
    return f"{answer.status}: " + " ".join(text.split())


class Browser(Client):
    """One visitor with cookies, who tells where a link or form was, as browsers do."""

    last = None

    def request(self, method, target, body=None, headers=None):
        origin = f"http://{self.host}:{self.port}"
        referer = {"Referer": self.last} if self.last else {}
        self.last = origin + target
        return super().request(method, target, body, {**referer, **(headers or {})})

    def page(self, target, **query):
        answer = self.get(target, **query)
        if answer.status != 200:
            raise Refused(f"GET {target}: {answer!r}")
        return Page(answer.text)

    def set_up(self, email, password):
        """The famous five minutes: the first account is the administrator's."""
        answer = self.form("/wp-admin/install.php?step=2", {
            "weblog_title": TITLE, "user_name": "admin", "admin_password": password, "admin_password2": password,
            "pw_weak": "on", "admin_email": email, "language": "",
        })
        if answer.status != 200 or "Success!" not in answer.text:
            raise Refused(notices(answer))

    def register(self, login, email):
        """Asks for an account; WordPress sends a link by mail."""
        self.page("/wp-login.php", action="register")
        answer = self.form("/wp-login.php?action=register", {"user_login": login, "user_email": email, "redirect_to": "", "wp-submit": "Register"})
        if answer.status != 302:
            raise Refused(notices(answer))

    def choose_password(self, link, password):
        """Opens the link of the mail and sets a password."""
        parts = urllib.parse.urlsplit(link)
        answer = self.get(f"{parts.path}?{parts.query}")
        if answer.status != 302:
            raise Refused(notices(answer))
        form = self.page("/wp-login.php", action="rp").forms["resetpassform"]
        answer = self.form("/wp-login.php?action=resetpass", {**form.fields, "pass1": password, "pass2": password, "pw_weak": "on"})
        if "Your password has been reset" not in answer.text:
            raise Refused(notices(answer))

    def log_in(self, login, password):
        self.page("/wp-login.php")
        answer = self.form("/wp-login.php", {"log": login, "pwd": password, "wp-submit": "Log In", "redirect_to": "/wp-admin/profile.php", "testcookie": "1"})
        if answer.status != 302:
            raise Refused(notices(answer))

    def edit(self, target, form_id, **changes):
        """Opens a page with a form, changes fields of it and saves all of them, as a browser does."""
        form = self.page(target).forms[form_id]
        answer = self.form(target, {**form.fields, **changes})
        # A saved form comes back as a page without complaints, or as a redirect.
        if answer.status not in (200, 302) or 'class="error"' in answer.text:
            raise Refused(notices(answer))
        return form.fields

    def profile(self, **changes):
        return self.edit("/wp-admin/profile.php", "your-profile", **changes)

    def edit_user(self, number, **changes):
        return self.edit(f"/wp-admin/user-edit.php?user_id={number}", "your-profile", **changes)

    def open_registration(self):
        """Visitors may register: a check box of the general settings."""
        form = self.page("/wp-admin/options-general.php").forms[""]
        answer = self.form("/wp-admin/options.php", {**form.fields, "users_can_register": "1"})
        if answer.status != 302:
            raise Refused(notices(answer))
        return form.fields

    def comment(self, author, email, text):
        answer = self.form("/wp-comments-post.php", {
            "author": author, "email": email, "url": "", "comment": text, "wp-comment-cookies-consent": "yes",
            "comment_post_ID": "1", "comment_parent": "0", "submit": "Post Comment",
        })
        if answer.status != 302:
            raise Refused(notices(answer))

    def people(self, **query):
        """The rows of the list of users, on all its pages: {number: text of the row}."""
        rows = {}
        for number in range(1, 6):
            answer = self.get("/wp-admin/users.php", paged=number, **query)
            if answer.status == 302 and number > 1:
                break  # behind the last page
            if answer.status != 200:
                raise Refused(notices(answer))
            found = {
                int(user): " ".join(Page(row).words.split())
                for user, row in re.findall(r"(?s)<tr id='user-(\d+)'>(.*?)</tr>", answer.text)
            }
            rows.update(found)
        return rows
