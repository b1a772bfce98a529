"""Lists of spellings, one a line, so that they can be read as they stand in a message."""


def spellings(text):
    """The lines of a block; escapes are those of Python, and a space at an end is written as one."""
    return tuple(line.encode().decode("unicode_escape").encode("latin-1") for line in text.strip("\n").split("\n"))
