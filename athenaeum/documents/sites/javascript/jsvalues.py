"""Reads plain values out of a JavaScript or TypeScript configuration file, as text: nothing is ever executed.

What is a literal in the file comes out as its Python value: strings, numbers, booleans, null, arrays, objects,
constants that hold such, the last alternative of `a ?? b` and `a || b`, strings that are joined. Everything else
comes out as `UNKNOWN`: a value that only the running program knows is not guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from athenaeum.documents.sites.javascript.jstokens import tokens_of
from athenaeum.parsing import DataError

_INSERTED = re.compile(r"\$\{([^{}]*+)\}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPENING = {"{": "}", "[": "]", "(": ")"}
_STOPS = frozenset({",", "}", "]", ")", ";", ""})
# Where a semicolon is left out, the next statement ends the expression.
_STATEMENTS = frozenset({"const", "let", "var", "export", "import", "function", "class", "module", "type", "interface"})
_DEEPEST = 60
_LONGEST = 400_000
_FREE_STEPS, _STEPS_EACH = 20_000, 50
"""What a file may cost: steps, and steps for each of its tokens. Constants that double each other run out of them."""
_STEP = 16
"""Characters of a joined string, or items of a copied list, that cost one step."""


class Unknown:
    """The value of an expression that is no literal."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Call:
    """A function call in the file: its name and those of its arguments that are literals."""

    name: str
    arguments: list[Any] = field(default_factory=list)


def read_config(text: str) -> dict[str, Any]:
    """The object a configuration file exports, however wrapped in calls and functions.

    An empty mapping when no such object can be made out; `DataError` for a file whose values stand for too much.
    """
    reader = _Reader(tokens_of(text[:_LONGEST]))
    for start in reader.exports():
        found = _object_of(reader.value_at(start))
        if found is not None:
            return found
    for start in reader.returns():
        found = _object_of(reader.value_at(start))
        if found:
            return found
    return {}


def _object_of(value: Any) -> dict[str, Any] | None:
    while isinstance(value, Call):
        # defineConfig({…}), withMermaid(defineConfig({…})), mergeConfig(base, {…})
        inner = [argument for argument in value.arguments if isinstance(argument, dict | Call)]
        if not inner:
            return None
        value = inner[-1]
    return value if isinstance(value, dict) else None


def calls(value: Any, name: str) -> list[Call]:
    """The calls of `name` that are items of the list `value`."""
    return [item for item in value if isinstance(item, Call) and item.name == name] if isinstance(value, list) else []


class _Reader:
    """Walks the tokens. Every method that reads returns the value and leaves `at` behind it."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.steps = _FREE_STEPS + _STEPS_EACH * len(tokens)
        self.constants: dict[str, Any] = {}
        self.declared = {
            tokens[index + 1][1]: index + 2
            for index in range(len(tokens) - 3, -1, -1)
            if tokens[index][1] in {"const", "let", "var"}
        }

    def exports(self) -> list[int]:
        """Where exported values begin: the default first, then named ones."""
        texts = [text for _, text in self.tokens]
        found = [index + 2 for index in range(len(texts) - 1) if texts[index : index + 2] == ["export", "default"]]
        heads = (["module", ".", "exports", "="], ["exports", ".", "default", "="])
        found += [index + 4 for index in range(len(texts) - 3) if texts[index : index + 4] in heads]
        declared = (["export", name] for name in ("const", "let"))
        starts = [index + 2 for head in declared for index in range(len(texts) - 1) if texts[index : index + 2] == head]
        return found + [self.after_equals(index) for index in starts]

    def returns(self) -> list[int]:
        """Where returned values begin, and the bodies of arrow functions."""
        begin = min(self.exports(), default=0)
        found = [index + 1 for index, (_, text) in enumerate(self.tokens) if text in {"return", "=>"}]
        # Helpers that return objects of their own stand before the function that is exported.
        return sorted(found, key=lambda index: (index < begin, index))

    def value_at(self, index: int) -> Any:
        """The value that begins at a token."""
        self.at = index
        return self.value()

    def spend(self, made: int = 0) -> None:
        """Count a step, and what a value that is made of others holds."""
        self.steps -= 1 + made // _STEP
        if self.steps < 0:
            raise DataError("its values stand for too much")

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def value(self) -> Any:
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                self.skip()
                return UNKNOWN
            return self.expression()
        finally:
            self.depth -= 1

    def expression(self) -> Any:
        result = self.primary()
        while self.peek() not in _STOPS | _STATEMENTS:
            mark = self.peek()
            if mark in {"??", "||"}:
                self.at += 1
                after = self.primary()
                result = after if result in ("", None) or isinstance(result, Unknown) else result
            elif mark == "+":
                self.at += 1
                after = self.primary()
                result = result + after if isinstance(result, str) and isinstance(after, str) else UNKNOWN
                self.spend(len(result) if isinstance(result, str) else 0)
            elif mark in {"as", "satisfies"}:
                self.skip()
            else:
                self.skip()
                return UNKNOWN
        return result

    def primary(self) -> Any:
        while self.peek() in {"await", "new"}:
            self.at += 1
            self.spend()
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.spend()
        if text in _STOPS:
            return UNKNOWN
        self.at += 1
        readers: dict[str, Callable[[], Any]] = {
            "string": lambda: _unquote(text),
            "template": lambda: self.template(text),
            "number": lambda: float(text.replace("_", "")),
            "name": lambda: self.named(text),
            "{": self.mapping,
            "[": lambda: self.items("]"),
            "(": self.parenthesised,
        }
        reader = readers.get(text if kind == "mark" else kind)
        return reader() if reader else UNKNOWN

    def parenthesised(self) -> Any:
        """The value in parentheses; a function's parameters are none."""
        inner = self.items(")")
        return inner[-1] if inner and self.peek() != "=>" else UNKNOWN

    def named(self, name: str) -> Any:
        constants: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}
        if name in constants:
            return constants[name]
        while self.peek() in {".", "?."}:
            self.at += 1
            name = f"{name}.{self.peek()}"
            self.at += 1
        if self.peek() == "(":
            self.at += 1
            arguments = self.items(")")
            if self.peek() in {".", "?."}:
                return UNKNOWN
            return Call(name, arguments)
        if self.peek() in _STOPS | _STATEMENTS | {"??", "||", "+", "as", "satisfies"}:
            return self.constant(name)
        return UNKNOWN

    def constant(self, name: str) -> Any:
        """The literal that `const name = …` gave."""
        first, *members = name.split(".")
        if first not in self.constants:
            # Its own value while it is being read, and for good once it is.
            self.constants[first] = UNKNOWN
            kept = self.at
            if first in self.declared:
                self.constants[first] = self.value_at(self.after_equals(self.declared[first]))
            self.at = kept
        result = self.constants[first]
        for member in members:
            result = result.get(member, UNKNOWN) if isinstance(result, dict) else UNKNOWN
        return result

    def after_equals(self, index: int) -> int:
        while index < len(self.tokens) and self.tokens[index][1] not in {"=", ";"}:
            index += 1
            self.spend()
        return index + 1

    def template(self, text: str) -> Any:
        parts = _INSERTED.split(text[1:-1])
        values = [self.constant(part.strip()) if number % 2 else _unescape(part) for number, part in enumerate(parts)]
        if not all(isinstance(value, str) for value in values):
            return UNKNOWN
        self.spend(sum(map(len, values)))
        return "".join(values)

    def items(self, closing: str) -> list[Any]:
        values = []
        while self.at < len(self.tokens) and self.peek() != closing:
            if self.peek() == ",":
                self.at += 1
                continue
            if self.peek() == "...":
                self.at += 1
                spread = self.value()
                values += spread if isinstance(spread, list) else []
                self.spend(_STEP * len(spread) if isinstance(spread, list) else 0)
                continue
            before = self.at
            values.append(self.value())
            self.at = max(self.at, before + (self.peek() not in _STOPS))
            if self.peek() not in {",", closing}:
                self.at += 1
        self.at += 1
        return values

    def mapping(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while self.at < len(self.tokens) and self.peek() != "}":
            kind, text = self.tokens[self.at]
            self.at += 1
            if text == "...":
                spread = self.value()
                values |= spread if isinstance(spread, dict) else {}
                self.spend(_STEP * len(spread) if isinstance(spread, dict) else 0)
            elif kind in {"name", "string", "number"} and self.peek() == ":":
                self.at += 1
                values[_unquote(text) if kind == "string" else text] = self.value()
            elif kind == "name" and self.peek() in {",", "}"}:
                values[text] = self.constant(text)
            elif text != ",":
                # A method, a getter or a computed name.
                self.at -= 1
                before = self.at
                self.skip(over_body=True)
                self.at = max(self.at, before + 1)
        self.at += 1
        return values

    def skip(self, *, over_body: bool = False) -> None:
        """Move to the end of an expression, over whatever brackets it holds."""
        open_marks: list[str] = []
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if not open_marks and text in _STOPS:
                return
            self.at += 1
            self.spend()
            if kind != "mark":
                continue
            if text in _OPENING:
                open_marks.append(_OPENING[text])
            elif open_marks and text == open_marks[-1]:
                open_marks.pop()
                if over_body and not open_marks and text == "}":
                    return


def _unquote(text: str) -> str:
    return _unescape(text[1:-1])


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text)
