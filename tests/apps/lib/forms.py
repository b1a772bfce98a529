"""Reads forms of a page the way a browser does: what would be sent if nothing were typed."""

import html.parser

VOID = ("hidden", "text", "email", "url", "password", "search", "number", "")


class Form:
    def __init__(self, attributes):
        self.id = attributes.get("id") or attributes.get("name") or ""
        self.action = attributes.get("action") or ""
        self.fields = {}


class Page(html.parser.HTMLParser):
    """Forms by id, in `forms`; all text outside of scripts and styles, in `words`; links, in `links`."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.forms, self.words, self.links = {}, "", []
        self.form = self.select = self.area = self.option = None
        self.silent = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, pairs):
        attributes = {name: value or "" for name, value in pairs}
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "form":
            self.form = Form(attributes)
            self.forms[self.form.id] = self.form
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif self.form is not None and "disabled" not in attributes:
            self.field(tag, attributes)

    def field(self, tag, attributes):
        name, kind = attributes.get("name", ""), attributes.get("type", "").lower()
        if tag == "option" and self.select:
            # Without a choice the first one counts; without a value the text is the value.
            self.option = None
            if "selected" in attributes or self.select not in self.form.fields:
                self.form.fields[self.select] = attributes.get("value", "")
                self.option = "" if "value" not in attributes else None
        elif not name:
            return
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            self.form.fields[name] = ""
        elif tag == "input" and kind in VOID:
            self.form.fields[name] = attributes.get("value", "")
        elif tag == "input" and kind in ("checkbox", "radio") and "checked" in attributes:
            self.form.fields[name] = attributes.get("value", "on")

    def handle_startendtag(self, tag, pairs):
        self.handle_starttag(tag, pairs)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.silent -= 1
        elif tag == "form":
            self.form = None
        elif tag in ("option", "select"):
            if self.option is not None and self.form is not None and self.select:
                self.form.fields[self.select] = " ".join(self.option.split())
            self.option = None
            self.select = None if tag == "select" else self.select
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data):
        if self.area is not None and self.form is not None:
            self.form.fields[self.area] += data
        elif not self.silent:
            self.words += data
            if self.option is not None:
                self.option += data
