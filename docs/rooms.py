"""The rooms of the package, drawn from its imports: `make rooms`, and the drawing in AGENTS.md.

A line imports only from lines below it. Parts of a room stand the same way, from left to right: `a > b` says that `a`
may import `b`, `a · b` that neither imports the other.
"""

import sys
from pathlib import Path

import grimp

PACKAGE = "athenaeum"
WIDTH = 118


def drawing() -> str:
    """The rooms as text, a room a line, the highest first."""
    graph = grimp.build_graph(PACKAGE, include_external_packages=False, cache_dir=None)
    lines = []
    for floor in floors(graph, PACKAGE):
        for room in floor:
            inside = floors(graph, f"{PACKAGE}.{room}") if graph.find_children(f"{PACKAGE}.{room}") else []
            parts = " > ".join(" · ".join(part) for part in inside)
            lines += wrapped(f"{room:<16} {modules(graph, f'{PACKAGE}.{room}'):>3}  ", parts)
    return "\n".join(["room          modules  parts", *lines])


def floors(graph: grimp.ImportGraph, package: str) -> list[list[str]]:
    """The children of `package` by floors, the highest first. A circle is an error: the contracts forbid it."""
    children = sorted(graph.find_children(package))
    below = {
        child: {
            other
            for other in children
            if other != child and graph.direct_import_exists(importer=child, imported=other, as_packages=True)
        }
        for child in children
    }
    found: list[list[str]] = []
    left = set(children)
    while left:
        ground = sorted(child for child in left if not below[child] & left)
        if not ground:
            raise ValueError(f"{package} has a circle among {', '.join(sorted(left))}")
        found.append([child.rpartition(".")[2] for child in ground])
        left -= set(ground)
    return found[::-1]


def modules(graph: grimp.ImportGraph, package: str) -> int:
    """How many modules a package has, itself included."""
    return 1 + len(graph.find_descendants(package))


def wrapped(head: str, text: str) -> list[str]:
    """`head` and `text` on as many lines as it needs, broken at spaces."""
    lines, line = [], head
    for word in text.split():
        if len(line) + len(word) > WIDTH:
            lines.append(line.rstrip())
            line = " " * len(head)
        line += word + " "
    return [*lines, line.rstrip()]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    print(drawing())
