"""The law: what a reader takes for a selected field holds no canary in clear."""

from suite.message import CANARY

# The selectors of the rules in `rules/`, as paths of members. `*` is any element of a list, a number the one at that
# position, `..` any depth.
PEOPLE = (("email",), ("user_email",), ("user", "email"), ("phones", "*"), ("users", "*", "email"))
DEEP = (("..", "email"),)
SELECTED = {
    "form": PEOPLE,
    "form-deep": DEEP,
    "form-positions": (("list", 1),),
    "query-positions": (("list", 1),),
    "query": PEOPLE,
    "query-deep": DEEP,
    "cookie": PEOPLE,
    "header": (("x-user-email",),),
    "multipart": (*PEOPLE, ("people", "*", "email")),
    "multipart-deep": DEEP,
    "json": PEOPLE,
    "json-fold": PEOPLE,
    "csv": (("*", "email"),),
    "any": PEOPLE,
}


def violations(route, answer):
    """Every reading of a canary at a selected place: pairs of reader and what it read, with the selector."""
    place = next((place for place in ("query", "cookie", "header") if route.startswith(place)), "body")
    for reader, tree in answer.get(place, {}).items():
        for path in SELECTED[route]:
            for value in select(tree, path):
                if CANARY.search(str(value).encode()):
                    yield reader, path, value


def select(tree, path):
    """The texts below all members that the path leads to; a container means what it holds."""
    if not path:
        return leaves(tree)
    step, rest = path[0], path[1:]
    if step == "..":
        return (leaf for node in (tree, *nodes(tree)) for leaf in select(node, rest))
    if step == "*":
        # Namesakes are elements of a list, and a scalar stands for a list of one.
        return (leaf for element in elements(tree) for leaf in select(element, rest))
    if isinstance(step, int):
        return (leaf for element in elements_at(tree, step) for leaf in select(element, rest))
    if isinstance(tree, dict) and step in tree:
        return select(tree[step], rest)
    return iter(())


def children(tree):
    return tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()


def elements(tree):
    if isinstance(tree, list):
        return (inner for element in tree for inner in (element if isinstance(element, list) else [element]))
    return tree.values() if isinstance(tree, dict) else [tree]


def elements_at(tree, position):
    """What programs take for the element at a position: of members with numbers for names the one in their order."""
    if isinstance(tree, dict):
        members = list(tree.values()) if all(name.isdigit() for name in tree) else []
        return members[position : position + 1]
    return tree[position : position + 1] if isinstance(tree, list) else []


def nodes(tree):
    for child in children(tree):
        yield child
        yield from nodes(child)


def leaves(tree):
    if isinstance(tree, (dict, list)):
        return (leaf for child in children(tree) for leaf in leaves(child))
    return iter(() if tree is None else (tree,))
