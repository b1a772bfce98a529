"""Names of fields: those that rules select, in all ways to write them that some framework may read."""

from suite.message import canary

# Paths that the rules select, and some that they do not.
PATHS = (
    ("email",), ("email",), ("email",),
    ("user", "email"), ("user", "email"), ("user_email",),
    ("phones",), ("phones", ""), ("phones", "0"),
    ("users", "0", "email"), ("users", "", "email"),
    ("form", "2", "email"), ("ctl00", "main", "email"), ("other",),
)
# What is put into a name, with the weight of brackets first.
SIGNS = list("[[[]]].-_$!+ ;&=#?/\\:,'\"(){}*@~^|<>\0\t\n\r")
SPELLED = """
    %5B %5D %5b %2E %20 %00 %26 %3D %3B %25 %2B %0A %5C %EF%BB%BF %C2%A0 %C4%B1 % %u005B %c0%ae [] ][ [0] amp; &#91;
""".split()


def name(random):
    """One name, as its characters stand in a form; some letters are percent-encoded."""
    text = joined(random, random.choice(PATHS))
    for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3))):
        text = changed(random, text)
    return text


def joined(random, path):
    """A path in one of the styles that frameworks know, or in a mixture of them."""
    style = random.choice(("[]", "[]", "[]", ".", ".", "-", "_", "$", "mixed"))
    text = path[0]
    for step in path[1:]:
        one = random.choice(("[]", ".", "-", "[", "]")) if style == "mixed" else style
        if one == "[]":
            text += f"[{step}]"
        elif one == "." and step.isdigit():
            text += f"[{step}]"
        else:
            text += one + step
    return text


def changed(random, text):
    """One change: something put in, taken out, doubled, encoded, or in another case."""
    at = random.randrange(len(text) + 1)
    # Borders and brackets are where parsers differ.
    if random.random() < 0.5:
        borders = [0, len(text)] + [index + side for index, sign in enumerate(text) if sign in "[].-" for side in (0, 1)]
        at = random.choice(borders)
    what = random.randrange(8)
    if what < 3:
        return text[:at] + random.choice(SIGNS) + text[at:]
    if what == 3:
        return text[:at] + random.choice(SPELLED) + text[at:]
    if at >= len(text):
        return text + random.choice("[].x0")
    if what == 4:
        return text[:at] + text[at + 1 :]
    if what == 5:
        return text[:at] + text[at] + text[at:]
    if what == 6:
        code = "%%%02X" % (ord(text[at]) & 0xFF)
        return text[:at] + (code if random.random() < 0.8 else "%25" + code[1:]) + text[at + 1 :]
    return text[:at] + text[at:].swapcase() if random.random() < 0.3 else text[:at] + text[at].upper() + text[at + 1 :]


def positions(random):
    """Elements of one list, most often with something wrong in their numbers."""
    made = []
    for number in range(random.choice((1, 2, 2, 3, 4))):
        at = number if random.random() < 0.6 else random.choice((0, 1, 1, 2, 3, 5, 20, 21, 22))
        spelled = random.choice((f"{at}", f"{at}", f"{at}", f"{at}", "", f"0{at}", f" {at}", f"{at} ", f"+{at}", f"-{at}", "x"))
        style = random.choice(("list[%s]",) * 4 + ("list.%s", "list-%s", "list", "list[%s", "List[%s]", "list[%s][]", "list[][%s]"))
        made.append(style.replace("%s", spelled).encode() + b"=" + canary(number))
    return b"&".join(made)


def value(random, number):
    """A canary, as a value of a form."""
    text = canary(number)
    if random.random() < 0.1:
        at = random.randrange(6)
        text = text[:at] + b"%%%02x" % text[at] + text[at + 1 :]
    elif random.random() < 0.1:
        text = random.choice((b"=", b"[", b" ", b"+", b"%00", b"{", b'"')) + text
    return text


def pairs(random):
    """A form or query: one to four pairs, seldom with another separator than the usual one."""
    made = b""
    for number in range(random.choice((1, 1, 2, 2, 3, 4))):
        if number:
            made += b"&" if random.random() < 0.85 else random.choice((b";", b"&&", b"&amp;", b"; ", b"\r\n", b" & ", b",", b"%26", b"?"))
        spelled = name(random).encode("latin-1", "replace")
        if random.random() < 0.05:
            made += random.choice((b"a=1&", b"a;", b"=&", b"a&", b"&", b"?", b"#"))
        equals = b"=" if random.random() < 0.97 else random.choice((b"%3D", b" = ", b":"))
        made += spelled + equals + value(random, number)
    return made
