"""WordPress on the screen: the same visit in Chromium, through the gateway and, as a control, without one."""

import re
import time

from lib.browser import Chromium
from lib.people import Person
from lib.service import DEADLINE

MEMBER = Person("Isolabelle", "Quarrington & Sons", "isolabelle@customers.example", "+44 20 7946 0600", "600 Wexcombe-under-Hill Terrace", "Trellis-velvet.99-Quandary")
NICKNAME = "Isolabellina"
# WordPress takes markup out of names; of a token it cannot.
VISITOR = ("<u>Peregrinus</u> Wayfarer", "peregrinus+inn@customers.example")
COMMENT = "A parish with a view."
VALUES = [MEMBER.name, MEMBER.first, MEMBER.last, MEMBER.email, NICKNAME, *VISITOR]
TOKEN = re.compile(r"ck1[0-9a-hjkmnp-tv-z]{26}")

# The list has pages of twenty, and what it is sorted by is a token: whoever was made last comes first.
NEWEST = "?orderby=registered&order=desc"


class Visit:
    """One browser that goes around. `office` and `reception` are the headers of callers who see originals and masks;
    without a gateway they are empty, and everybody sees what was typed."""

    def __init__(self, folder, url, office, reception):
        self.browser = Chromium(folder, url)
        self.office, self.reception = office, reception

    def log_in(self, login, password, headers):
        self.browser.headers(headers)
        self.browser.forget()
        self.browser.open("/wp-login.php")
        # Its script moves the focus a moment after the page has come.
        self.browser.until("the focus", "return document.activeElement.id === 'user_login'")
        self.browser.write("#user_login", login)
        self.browser.write("#user_pass", password)
        self.browser.press("#wp-submit")

    def create(self):
        self.browser.open("/wp-admin/user-new.php")
        for field, text in (("user_login", MEMBER.email), ("email", MEMBER.email), ("first_name", MEMBER.first), ("last_name", MEMBER.last)):
            self.browser.write(f"#{field}", text)
        self.browser.write("#pass1", MEMBER.password)
        if self.browser.script("return document.querySelector('#send_user_notification').checked"):
            self.browser.act("#send_user_notification", "click")
        self.browser.press("#createusersub")
        return self.browser.words()

    def people(self):
        self.browser.open("/wp-admin/users.php" + NEWEST)
        return self.browser.words("#the-list")

    def find(self, text):
        self.browser.open("/wp-admin/users.php" + NEWEST)
        self.browser.write("#user-search-input", text)
        self.browser.press("#search-submit")
        return self.browser.words("#the-list")

    def profile(self):
        """What the fields of the own profile hold, and all that can be read."""
        self.browser.open("/wp-admin/profile.php")
        fields = {name: self.browser.value(f"#{name}") for name in ("first_name", "last_name", "nickname", "email", "display_name")}
        return fields, self.browser.words()

    def save_profile(self, **changes):
        for name, text in changes.items():
            if name == "display_name":
                self.browser.script("document.querySelector('#display_name').value = arguments[0]", text)
            else:
                self.browser.write(f"#{name}", text)
        self.browser.press("#submit")
        return self.browser.words("#message, .notice, .wp-die-message") or self.browser.words()

    def comment(self):
        """A visitor writes; WordPress asks who writes twice within seconds from one address to wait."""
        end = time.monotonic() + DEADLINE
        while True:
            self.browser.headers({})
            self.browser.forget()
            self.browser.open("/?p=1")
            self.browser.write("#comment", COMMENT)
            self.browser.write("#author", VISITOR[0])
            self.browser.write("#email", VISITOR[1])
            self.browser.press("#commentform [type=submit]")
            if "too quickly" not in self.browser.words() or time.monotonic() > end:
                return self.browser.words()

    def waiting(self):
        """The row of the visitor's comment in the list of comments, as it reads, and its number."""
        self.browser.open("/wp-admin/edit-comments.php")
        number = self.browser.until(
            "the comment",
            "return [...document.querySelectorAll('#the-comment-list > tr')].find(row => row.innerText.includes(arguments[0]))?.id",
            COMMENT,
        )
        return number, self.browser.words(f"#{number}")

    def row(self, number):
        self.browser.open("/wp-admin/edit-comments.php")
        return self.browser.words(f"#{number}")

    def approve(self, number):
        """The link that a script follows in place."""
        # It is off the screen until the mouse is over the row.
        self.browser.script("document.querySelector(arguments[0]).click()", f"#{number} .approve a")
        self.browser.until("the approval", "return !jQuery.active && !document.querySelector(arguments[0]).classList.contains('unapproved')", f"#{number}")

    def edit_in_place(self, number, text):
        """The form that a script opens in the list, and the row that it puts there afterwards."""
        self.row(number)
        self.browser.script("document.querySelector(arguments[0]).click()", f"#{number} .quickedit button, #{number} button[data-action=edit]")
        shown = [self.browser.value(f"#{name}") for name in ("author-name", "author-email")]
        self.browser.write("#replycontent", text)
        self.browser.act("#savebtn", "click")
        self.browser.until("the edited row", "return !jQuery.active && document.querySelector(arguments[0])?.innerText.includes(arguments[1])", f"#{number}", text)
        return shown, self.browser.words(f"#{number}")

    def complaints(self):
        """What the console said, without what differs from run to run."""
        found = set()
        for message in self.browser.errors():
            message = re.sub(r"127\.0\.0\.1:\d+|[0-9a-f]{32}|\?\S*|\d+:\d+", "…", message)
            found.add(TOKEN.sub("…", message))
        return found


def tour(visit, admin, password):
    """The whole visit; what was seen, by name."""
    browser, seen = visit.browser, {}
    visit.log_in(admin, password, visit.office)
    seen["made"] = visit.create()
    seen["list"] = visit.people()
    seen["found"] = visit.find(MEMBER.email)
    for who, headers in (("others", {}), ("reception", visit.reception)):
        browser.headers(headers)
        seen[f"list to {who}"] = visit.people()

    visit.log_in(MEMBER.email, MEMBER.password, visit.office)
    seen["first profile"], _ = visit.profile()
    seen["profile saved"] = visit.save_profile(nickname=NICKNAME, display_name=MEMBER.name)
    seen["profile"], seen["profile page"] = visit.profile()
    visit.log_in(MEMBER.email, MEMBER.password, {})
    seen["profile to others"], seen["profile page to others"] = visit.profile()
    seen["profile saved by others"] = visit.save_profile(description="Likes quinces.")
    browser.headers(visit.office)
    seen["profile afterwards"], _ = visit.profile()
    seen["description"] = browser.value("#description")

    seen["comment"] = visit.comment()
    visit.log_in(admin, password, visit.office)
    number, seen["waiting"] = visit.waiting()
    visit.approve(number)
    seen["edited in place"], seen["row edited in place"] = visit.edit_in_place(number, "A parish with a vista.")
    seen["row afterwards"] = visit.row(number)
    browser.forget()
    browser.open("/?p=1")
    seen["public"] = browser.words("#comments, .wp-block-comments, .comments")
    browser.headers({})
    browser.open("/?p=1")
    seen["public to others"] = browser.words("#comments, .wp-block-comments, .comments")
    return seen


def clear(seen):
    """The values that can be read in something seen."""
    text = seen if isinstance(seen, str) else " ".join(map(str, seen.values() if isinstance(seen, dict) else seen))
    return [value for value in VALUES if value in text]


# What the office sees, and what others see who are shown the same pages.
AS_SHOWN = ("list", "found", "first profile", "profile", "profile page", "profile afterwards")
AS_TOKENS = ("list to others", "profile to others", "profile page to others")


def screen(trial, report, admin, password, set_up):
    """The control first: what it shows is what the office has to see, what it complains of is WordPress's own."""
    control = trial.launch(trial.folder / "control")
    set_up(control)
    seen, complaints = {}, {}
    for name, url, office, reception in (("control", control, {}, {}), ("gateway", trial.url, trial.key, trial.reception)):
        visit = Visit(trial.folder / f"chromium-{name}", url, office, reception)
        try:
            seen[name] = tour(visit, admin, password)
            complaints[name] = visit.complaints()
        finally:
            visit.browser.close()
        report.step(f"screen: {name}")
    plain, seen = seen["control"], seen["gateway"]
    new = complaints["gateway"] - complaints["control"]
    report.holds("the console is heard", any("favicon" in message for message in complaints["control"]), complaints)
    report.holds("scripts complain of nothing that they do not complain of without tokens", not new, new)
    for what, shown in seen.items():
        if what in AS_TOKENS:
            report.holds(f"others see tokens on the screen: {what}", not clear(shown) and TOKEN.search(str(shown)), shown)
            report.holds(f"the control shows originals there: {what}", clear(plain[what]), plain[what])
        elif what in AS_SHOWN:
            missing = [value for value in clear(plain[what]) if value not in clear(shown)]
            report.holds(f"the office sees on the screen what was typed: {what}", clear(shown) and not missing, (missing, shown))
    masks = seen["list to reception"]
    report.holds("the reception sees masks on the screen", not clear(masks) and "i***@customers.example" in masks, masks)
    report.holds("a member is made", "New user created" in seen["made"], seen["made"])
    report.holds("one is found by the whole address", seen["found"].count("Select ") == 1, seen["found"])
    for what in ("profile saved", "profile saved by others"):
        report.holds(what, "Profile updated" in seen[what], seen[what])
    kept = seen["profile"] == seen["profile afterwards"] and seen["description"] == "Likes quinces."
    report.holds("saving tokens unchanged on the screen changes nothing", kept, seen["profile afterwards"])
    report.holds("a visitor's own comment waits, under a token", "awaiting moderation" in seen["comment"] and not clear(seen["comment"]), seen["comment"])
    for what in ("waiting", "row afterwards"):
        row = seen[what]
        report.holds(f"the office sees who wrote: {what}", VISITOR[0] in row and "Peregrinus" in plain[what], row)
        shown = VISITOR[1] in row and VISITOR[1] in plain[what] and not TOKEN.search(row)
        report.holds(f"an address that WordPress spells with references, against robots, is shown: {what}", shown, row)
    report.holds("markup in a name is text on the screen", VISITOR[0] in seen["public"] and "Unapprove" in seen["row afterwards"], seen["public"])
    public = seen["public to others"]
    report.holds("visitors see a token under the comment", "A parish with a vista." in public and not clear(public) and TOKEN.search(public), public)
    report.holds("the form in place has originals", seen["edited in place"] == list(VISITOR), seen["edited in place"])
    row = seen["row edited in place"]
    report.limit("WordPress: a row that was edited in place shows tokens until the page is opened again", not clear(row) and TOKEN.search(row), row)
