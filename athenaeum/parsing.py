"""Reads YAML, TOML and JSON that others write, as plain data within limits.

A page of a pull request and a site's configuration are untrusted, and so are the files around them. What comes out is
strings, numbers, dates, lists and mappings; a number is short enough for every arithmetic. Time and memory are linear
in the text: nesting, dotted names and what aliases and merges stand for are bounded. Everything else is a `DataError`
with its line, whatever the parser beneath raises.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

DEEPEST = 100
"""Levels of nesting; documentation has about five."""
_LONGEST_NUMBER = 64
"""Characters of a YAML number or date that are read as one; what is longer is text."""
_LARGEST_NUMBER = 10**300
_MOST_PARTS = 32
"""Parts of a dotted name in TOML: each of them is a table, and each table's whole name is kept."""
_FREE_NODES, _NODES_EACH = 10_000, 10
"""What aliases and merges may stand for: so many values, and so many for each that is written."""
_YAML = "tag:yaml.org,2002:"
_PLAIN_TAGS = {
    "scalar": frozenset({"", "str", "value", "binary"}),
    "sequence": frozenset({"seq", "omap", "pairs"}),
    "mapping": frozenset({"map", "set"}),
}
_NUMBERS = frozenset({"int", "float", "timestamp", "bool", "null"})
_PROBLEMS = {"found invalid Unicode character escape code": "an escape that is none, or half of a character"}
"""Words of libyaml's that say too little."""
_TOML_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)|' + r"'''(?:[^']|'(?!''))*+(?:'''|\Z)|"
    r'"(?:[^"\\\n]|\\.)*+"?|' + r"'[^'\n]*+'?|#[^\n]*+|[.\[\]{}=,\n]",
    re.DOTALL,
)
_TOML_PLACE = re.compile(r"\(at line (\d{1,9}), column \d{1,9}\)$")


class DataError(ValueError):
    """A text that cannot be used: what is wrong with it, and the line (1-based; 0 when none is known)."""

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file with its place. `value` is a scalar's text, or nodes, or pairs of nodes.

    `tag` is the resolved YAML tag, `explicit` whether the file names it. `size` counts the values it stands for.
    """

    kind: Literal["scalar", "sequence", "mapping"]
    value: Any
    line: int
    tag: str
    explicit: bool
    size: int


Foreign = Callable[[str, Node, Callable[[Node], Any]], Any]
"""Gives a tag's value: called with the tag, its node, and what turns a node into plain data."""


def load_yaml(text: str, *, foreign: Foreign | None = None) -> Any:
    """The data of a YAML text (one document); None when it is empty. `foreign` gives values of tags YAML lacks."""
    node = read_yaml(text)
    return None if node is None else plain_data(node, foreign=foreign)


def read_yaml(text: str) -> Node | None:
    """The values of a YAML text with their lines; None when it is empty."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(yaml.parse(text, Loader=loader)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        problem = _PROBLEMS.get(str(problem), str(problem))
        raise DataError(problem, mark.line + 1 if mark else 0) from error
    except UnicodeEncodeError as error:
        raise DataError("half of a character", text.count("\n", 0, error.start) + 1) from error


class _Composer:
    """Puts the parser's events together without recursion; a depth or a size beyond the limits ends it early."""

    def __init__(self, events: Iterator[Any]) -> None:
        import yaml

        self.yaml = yaml
        self.events = events
        self.resolver: Any = yaml.SafeLoader("")
        self.anchors: dict[str, Node | None] = {}
        self.written = 0
        self.copied = 0

    def document(self) -> Node | None:
        """The only document of the stream."""
        yaml, found, documents = self.yaml, None, 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise DataError("expected a single document", event.start_mark.line + 1)
            elif isinstance(event, yaml.NodeEvent):
                found = self._value(event)
        return found

    def _value(self, event: Any) -> Node:
        yaml = self.yaml
        todo: list[tuple[Any, list[Node]]] = []
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                if len(todo) >= DEEPEST:
                    raise DataError(f"nesting deeper than {DEEPEST} levels", event.start_mark.line + 1)
                if event.anchor is not None:
                    self.anchors[event.anchor] = None
                todo.append((event, []))
                event = next(self.events)
                continue
            if isinstance(event, yaml.CollectionEndEvent):
                begun, inner = todo.pop()
                node = self._collection(begun, inner)
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event)
            else:
                node = self._scalar(event)
            if not todo:
                return node
            todo[-1][1].append(node)
            event = next(self.events)

    def _scalar(self, event: Any) -> Node:
        self.written += 1
        if not event.value.isascii() and any("\ud800" <= char <= "\udfff" for char in event.value):
            # The notation `\u` can write them where libyaml is not; nothing can store them.
            raise DataError("half of a character", event.start_mark.line + 1)
        explicit = event.tag is not None and event.tag != "!"
        tag = event.tag if explicit else self.resolver.resolve(self.yaml.ScalarNode, event.value, event.implicit)
        return self._kept(event, Node("scalar", event.value, event.start_mark.line + 1, tag, explicit, 1))

    def _collection(self, event: Any, inner: list[Node]) -> Node:
        self.written += 1
        mapping = isinstance(event, self.yaml.MappingStartEvent)
        explicit = event.tag is not None and event.tag != "!"
        tag = event.tag if explicit else _YAML + ("map" if mapping else "seq")
        value = tuple(zip(inner[::2], inner[1::2], strict=True)) if mapping else tuple(inner)
        size = 1 + sum(node.size for node in inner)
        kind: Literal["mapping", "sequence"] = "mapping" if mapping else "sequence"
        return self._kept(event, Node(kind, value, event.start_mark.line + 1, tag, explicit, size))

    def _kept(self, event: Any, node: Node) -> Node:
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        self.written += 1
        line = event.start_mark.line + 1
        if event.anchor not in self.anchors:
            raise DataError(f"found undefined alias {event.anchor!r}", line)
        node = self.anchors[event.anchor]
        if node is None:
            raise DataError(f"the alias {event.anchor!r} stands for what holds it", line)
        self.copied += node.size
        if self.copied > _FREE_NODES + _NODES_EACH * self.written:
            raise DataError("its aliases stand for too many values", line)
        return node


def plain_data(node: Node, *, foreign: Foreign | None = None) -> Any:
    """The data that a node stands for; `DataError` for a tag or a name that has no meaning."""
    import yaml

    resolver: Any = yaml.SafeLoader("")

    def plain(node: Node) -> Any:
        short = node.tag.removeprefix(_YAML)
        if short in _PLAIN_TAGS[node.kind]:
            return values(node)
        if node.kind == "scalar" and short in _NUMBERS and node.tag.startswith(_YAML):
            return _number(node, resolver)
        if short == "merge":
            return node.value
        if foreign is None:
            raise DataError(f"could not determine a constructor for the tag {node.tag!r}", node.line)
        return foreign(node.tag, node, values)

    def values(node: Node) -> Any:
        """What it holds, whatever its tag."""
        if node.kind == "scalar":
            return node.value
        if node.kind == "sequence":
            return [plain(item) for item in node.value]
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        for key, value in node.value:
            if key.tag == f"{_YAML}merge":
                # Of several the first one counts, and what is written beside them counts more.
                for other in reversed(value.value if value.kind == "sequence" else (value,)):
                    if other.kind != "mapping":
                        raise DataError("expected a mapping to merge", other.line)
                    merged |= values(other)
            elif key.kind != "scalar":
                raise DataError("a name must be a plain value", key.line)
            else:
                own[plain(key)] = plain(value)
        return merged | own

    return plain(node)


def _number(node: Node, resolver: Any) -> Any:
    """A number, a date, a truth value or nothing; text that only looks like one stays text."""
    import yaml

    if len(node.value) <= _LONGEST_NUMBER:
        try:
            return resolver.construct_object(yaml.ScalarNode(node.tag, node.value))
        except (ValueError, AttributeError, KeyError, TypeError, OverflowError, yaml.YAMLError):
            pass
    if node.explicit:
        raise DataError(f"{node.value[:40]!r} is no {node.tag.removeprefix(_YAML)}", node.line)
    return node.value


def load_toml(text: str) -> dict[str, Any]:
    """The data of a TOML text."""
    import tomllib

    _bounded_toml(text)
    try:
        data: dict[str, Any] = _bounded(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        problem = str(error).partition(" (at")[0].rstrip(".")
        raise DataError(problem, int(place[1]) if place else text.count("\n") + 1) from error
    except DataError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError("a number or a date is out of range") from error
    return data


def _bounded_toml(text: str) -> None:
    depth = dots = 0
    for found in _TOML_TOKEN.finditer(text):
        mark = found[0]
        if mark == ".":
            dots += 1
            if dots >= _MOST_PARTS:
                _refuse(f"a name of more than {_MOST_PARTS} parts", text, found.start())
        elif mark in "[{":
            depth, dots = depth + 1, 0
            if depth > DEEPEST:
                _refuse(f"nesting deeper than {DEEPEST} levels", text, found.start())
        elif mark in "]}":
            depth, dots = max(0, depth - 1), 0
        elif mark in "=,\n":
            dots = 0


def _refuse(problem: str, text: str, at: int) -> NoReturn:
    raise DataError(problem, text.count("\n", 0, at) + 1)


def load_json(text: str) -> Any:
    """The data of a JSON text."""
    try:
        return _bounded(json.loads(text))
    except json.JSONDecodeError as error:
        raise DataError(error.msg, error.lineno) from error
    except RecursionError as error:
        raise DataError(f"nesting deeper than {DEEPEST} levels") from error
    except DataError:
        raise
    except ValueError as error:
        raise DataError("a number is out of range") from error


def _bounded(data: Any) -> Any:
    """`data`, if its depth and its numbers are within the limits."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > DEEPEST + 1:
            raise DataError(f"nesting deeper than {DEEPEST} levels")
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, int) and not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
                raise DataError("a number is out of range")
        level = below
    return data
