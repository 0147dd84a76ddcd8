"""Finds every regular expression of the package, makes hostile inputs from its own structure, and measures growth.

Patterns are read out of the source, so that one that is written tomorrow is among them. Inputs are made of what a
pattern repeats: long runs of it, many openings of it that nothing closes, and runs behind what comes before it.
"""

import ast
import importlib
import random
import re
import re._constants as sre
import re._parser
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNITS = (
    " ", "\n", "\t", "a", "0", "a ", "a\n", " \n", "\\", "\\\n", "#", "# ", "# a\n", "# a_1\n", "#a #", "=", "a\n=\n",
    "-", "- ", "- a\n", "- a: b\n", "1. ", "0. ", ">", "> ", "*", "*a", "**a ", "_", "a_", "~", "~~", "`", "`a",
    "```\n", "~~~a\n", "|", "|a", "a|b\n-|-\n", "[", "]", "[a](", "[a](b \"", "![", "![a](", "[a]: b\n", "[a]:",
    "[^a]:", "[a][", "](", "(", ")", "()", "<", "<a ", "<a b=", "<a b=\"", "<a b='", "<a {", "<a b={\"", "<a b={`",
    "</a", "<A>", "<A b={[\"a\"]}/>", "<!--", "<!-->", "-->", "<script ", "<script>", "<style>", "</style", "<http:",
    "<a@", ">\n", "{", "}", "{}", "{ ", "{a", "{#", "{#a", "{: ", "{:#a ", "{.a", "{{", "{{< ", "{{< ref ",
    "{{< ref \"a\" ", "{%", "{% include ", "{!", "{! ", "{*", "{* ", "{* a ", "{/*", "{/* #a", "*/", "/*", "//", "/",
    "///", "/// a\n", ":::", "::: a\n", ":::a[", ":", ": ", ":a", ":a:", "::", "..", ".. ", ".. include:: ", ".. a\n",
    "a::\n", "--8<-- ", "--8<--\n", "--8<-- \"a\"\n", "-8<-", "<<< ", "<<< a\n", "<!--@include: ", "!!!", "!!! a ",
    "!!! a\n", "!!! a \"", "???", "=== \"", "$", "$$", "$a\\", "\"", "'", "\"a", "\"\\", "'\\", "`\\", "${", "`${",
    "import a\n", "import {", "export a\n", "export {}", "export default {\n", "from '", "a.", "a=", "a=1\n",
    "a.b=1\n", "a = [", "[a]\n", "[[a]]\n", "[a.b]\n", "a: ", "a: b\n", "a: [", "a: {", "? ", "&a ", "*a ",
    "- &a b\n", "<<: *a\n", "!", "!a ", "!!a ", "%", "@", "0x", "1:", "1_", ",", ",a", ";", "const a = b\n",
    "return [", "=> {", "a(", "f(a, ", "new ", "await ", "...", "a+", "a||", "\u200b", "\u200d", "\u202e", "\u00e9",
    "\u0300\u0316",
    "\u4e2d", "\u3002", "\u4e2d ", "\ud83d\ude00\u200d", "\u05d0\u200f", "\u0000", "\u000b", "\r", "https://a ",
    "a@b.c ", "sk-", "eyJ-", "k-", "a-", "a/", "/a", "../", "**/", "*a/", "[a", "[!", "{a,", "?a", "[1]", "[1", "[1,",
    "region ", "#region a\n", "ln[", "\"source\": \"a\",\n", "&amp;", "&#", "A1", "aB", "1.", "1 ", "+1 ", "a: |\n",
    "a: >\n  b\n", "'''", "\"\"\"", "\"\"\"\\",
)  # fmt: skip
"""What hostile inputs are runs of: the beginnings and the ends of everything that some parser reads."""

PACKAGE = Path(__file__).resolve().parent.parent / "athenaeum"
FUNCTIONS = frozenset({"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
ANYWHERE = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
"""Methods that try a pattern at every place of a text."""
_STEEP = 20.0
"""A ratio that is no step: the next size could take hours."""
_LONG = 40
"""A repetition that may go on so far counts as endless."""
_CANDIDATES = "a0 \n\t-_.,:;/\\\"'`*<>()[]{}!?=#@|~+&%$^AZ9é中\u3042\u0e01\u00a0\x00"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of the package: where it is, its text and flags, and how it is used.

    `anywhere` says that it is tried at every place of a text; `text` None that it is put together while running.
    """

    place: str
    text: str | bytes | None
    flags: int
    anywhere: bool


def find_patterns(package: Path = PACKAGE) -> list[Pattern]:
    """Every pattern of a package's source, in the order of its files and lines."""
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(package.rglob("*.py"))}
    used = _uses(trees)
    found = []
    for file, tree in trees.items():
        values: dict[str, Any] = {"re": re}
        for statement in tree.body:
            _try_assignment(statement, values)
        names = _names(tree)
        for call in ast.walk(tree):
            name = _function_of(call)
            if not isinstance(call, ast.Call) or not name or not call.args:
                continue
            place = f"{file.relative_to(package.parent).as_posix()}:{call.lineno}"
            text = _value(call.args[0], values) or _value(call.args[0], _module(file, package))
            flags = _flags(call, name, values)
            if name == "compile":
                # One that is in no name of its own, or handed on, may be used in any way.
                own = names.get(id(call), "")
                methods = used.get((file if own.startswith("_") else None, own))
                anywhere = not methods or bool(methods & ANYWHERE)
            else:
                anywhere = name in ANYWHERE
            found.append(Pattern(place, text, flags, anywhere))
    return found


def _module(file: Path, package: Path) -> dict[str, Any]:
    """The names of a module, for a pattern that is made of what it imports."""
    name = ".".join(file.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
    try:
        return vars(importlib.import_module(name)) if package == PACKAGE else {}
    except ImportError:
        return {}


def _try_assignment(statement: ast.stmt, values: dict[str, Any]) -> None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = [target for target in targets if isinstance(target, ast.Name)]
    value = getattr(statement, "value", None)
    if names and value is not None:
        try:
            made = eval(compile(ast.Expression(value), "", "eval"), values)
        except Exception:
            return
        values.update({name.id: made for name in names})


def _names(tree: ast.Module) -> dict[int, str]:
    return {
        id(statement.value): statement.targets[0].id
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def _uses(trees: Mapping[Path, ast.Module]) -> dict[tuple[Path | None, str], set[str]]:
    """(file, or None for a name that others may import; name) → methods called on it; none for one handed on."""
    used: dict[tuple[Path | None, str], set[str]] = {}
    handed: set[tuple[Path | None, str]] = set()
    for file, tree in trees.items():
        called: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called.add(id(node.value))
                name = node.value.id
                used.setdefault((file if name.startswith("_") else None, name), set()).add(node.attr)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
                handed.add((file if node.id.startswith("_") else None, node.id))
    return {key: methods for key, methods in used.items() if key not in handed}


def _function_of(call: ast.AST) -> str:
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.attr if call.func.value.id == "re" and call.func.attr in FUNCTIONS else ""
    return ""


def _value(node: ast.expr, values: dict[str, Any]) -> Any:
    try:
        made = eval(compile(ast.Expression(node), "", "eval"), dict(values))
    except Exception:
        return None
    return made if isinstance(made, str | bytes) else None


def _flags(call: ast.Call, name: str, values: dict[str, Any]) -> int:
    place = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}.get(name, 9)
    given = [keyword.value for keyword in call.keywords if keyword.arg == "flags"] or call.args[place : place + 1]
    return int(eval(compile(ast.Expression(given[0]), "", "eval"), dict(values))) if given else 0


@dataclass(slots=True)
class Shape:
    """What a pattern is made of: a sample of the whole, what stands before each endless repetition, what it repeats."""

    sample: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    chars: list[str] = field(default_factory=list)
    closings: list[str] = field(default_factory=list)


def shape_of(pattern: "re.Pattern[Any]") -> Shape:
    """The shape of a compiled pattern."""
    shape = Shape()
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    shape.sample = _walk(re._parser.parse(text, pattern.flags & ~re.DEBUG), "", shape, pattern.flags, {})
    for name in ("heads", "bodies", "chars", "closings"):
        setattr(shape, name, list(dict.fromkeys(getattr(shape, name))))
    return shape


def _walk(items: Any, before: str, shape: Shape, flags: int, groups: dict[int, str]) -> str:
    """A sample of what `items` match; `before` is a sample of what stands before them."""
    made = ""
    for operation, argument in items:
        part = ""
        if operation is sre.LITERAL:
            part = chr(argument)
            shape.chars.append(part)
        elif operation in {sre.NOT_LITERAL, sre.ANY, sre.IN}:
            fitting = _fitting(operation, argument, flags)
            part = next(iter(fitting), "a")
            shape.chars += fitting[:3]
        elif operation is sre.BRANCH:
            parts = [_walk(branch, before + made, shape, flags, groups) for branch in argument[1]]
            shape.closings += parts
            part = max(parts, key=len)
        elif operation is sre.SUBPATTERN:
            part = _walk(argument[3], before + made, shape, flags, groups)
            groups[argument[0]] = part
        elif operation is sre.ATOMIC_GROUP:
            part = _walk(argument, before + made, shape, flags, groups)
        elif operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            least, most, inner = argument
            body = _walk(inner, before + made, shape, flags, groups)
            if most is sre.MAXREPEAT or most >= _LONG:
                shape.heads += [before + made, made]
                shape.bodies += [body, made + body]
            part = body * max(least, 1)
        elif operation in {sre.ASSERT, sre.ASSERT_NOT}:
            ahead = _walk(argument[1], before + made, shape, flags, groups)
            # What must follow stands in what comes next: without it the pattern would end here.
            shape.heads.append(before + made + ahead)
            shape.bodies.append(made + ahead)
        elif operation is sre.GROUPREF:
            part = groups.get(argument, "")
        made += part
    shape.closings.append(made)
    return made


def _fitting(operation: Any, argument: Any, flags: int) -> list[str]:
    made = re._parser.SubPattern(re._parser.State(), [(operation, argument)])
    del made
    return [char for char in _CANDIDATES if _holds(operation, argument, char, flags)]


def _holds(operation: Any, argument: Any, char: str, flags: int) -> bool:
    code = ord(char)
    if operation is sre.ANY:
        return char != "\n" or bool(flags & re.DOTALL)
    if operation is sre.NOT_LITERAL:
        return code != argument
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    inside = False
    for kind, value in argument:
        if kind is sre.LITERAL:
            inside = inside or code == value
        elif kind is sre.RANGE:
            inside = inside or value[0] <= code <= value[1]
        elif kind is sre.CATEGORY:
            tests = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
            name = str(value).removeprefix("CATEGORY_")
            inside = inside or (not tests[name[4:]] if name.startswith("NOT_") else tests.get(name, False))
    return inside != negated


def hostile_inputs(shape: Shape, chance: random.Random, *, most: int = 240) -> list[Callable[[int], str]]:
    """Makers of inputs of about a given length; the most telling ones first, the rest drawn by chance."""
    made: list[tuple[str, str, str]] = []
    pumps = list(dict.fromkeys([*shape.bodies, *shape.chars, " ", "\n", "a"]))
    heads = list(dict.fromkeys(["", *shape.heads]))
    tails = ("", "\x00", "\n\x00")
    for head in heads:
        for pump in pumps:
            if pump:
                made += [(head, pump, tail) for tail in tails]
                made.append(("", head + pump, "\x00"))
        if head:
            made.append(("", head, "\x00"))
    made += [("", closing, tail) for closing in shape.closings if closing for tail in tails[:2]]
    pairs = [(one * 8 + two, chance.choice(pumps)) for one in pumps for two in heads if one][:40]
    made += [(head, pump, "\x00") for head, pump in pairs if pump]
    unique = list(dict.fromkeys(made))
    if len(unique) > most:
        # Those of what the pattern repeats itself stay; of those of single characters some are drawn.
        own = [each for each in unique if each[1] in shape.bodies or each[1] in shape.heads]
        rest = [each for each in unique if each not in set(own)]
        unique = [*own[:most], *chance.sample(rest, max(0, min(len(rest), most - len(own[:most]))))]
    return [lambda size, one=one: one[0] + one[1] * max(1, size // len(one[1])) + one[2] for one in unique]


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU seconds at a size, and at twice that size, as a ratio of the best of several."""

    size: int
    seconds: float
    ratio: float


def growth(
    run: Callable[[Any], object],
    make: Callable[[int], Any],
    *,
    sizes: tuple[int, int] = (1_000, 4_000_000),
    floor: float = 0.004,
    rounds: int = 4,
    limit: float = 3.0,
) -> Growth:
    """How the CPU time of `run` grows with the size of its input.

    From the first size on, sizes double until one costs `floor` seconds or the last is reached; that size is then
    held against its half, round by round and the best of each counting, until the ratio is at most `limit` or the
    rounds are over. A busy machine makes one round slow, not all; what is not linear is slow in every round.
    """
    size = sizes[0]
    for small in (10, 14, 18, 22, 26, 32, 64, 128, 256, 512):
        # What grows exponentially must not be met at a thousand first.
        if small < size and _timed(run, make(small)) > floor:
            size = small
            break
    while (seconds := _timed(run, make(size))) < floor and size * 2 <= sizes[1]:
        size *= 2
    if seconds < floor:
        return Growth(size, seconds, 1.0)
    half, whole = make(max(1, size // 2)), make(size)
    if size > 64:
        # The size below may have been cheap by chance: one more doubling shows the trend.
        half, whole, size = whole, make(size * 2), size * 2
    found = _compared(run, half, whole, size=size, rounds=rounds, limit=limit)
    if limit < found.ratio < _STEEP and size > 64:
        # A fixed cost that begins at some size looks steep once; what grows does so again.
        found = _compared(run, whole, make(size * 2), size=size * 2, rounds=rounds, limit=limit)
    return found


def _compared(run: Callable[[Any], object], half: Any, whole: Any, *, size: int, rounds: int, limit: float) -> Growth:
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        best = [min(best[0], _timed(run, half)), min(best[1], _timed(run, whole))]
        if best[1] <= limit * best[0]:
            break
    return Growth(size, best[1], best[1] / max(best[0], 1e-9))


def _timed(run: Callable[[Any], object], text: Any) -> float:
    begun = time.process_time()
    run(text)
    return time.process_time() - begun


def runs_of(pattern: "re.Pattern[Any]", *, anywhere: bool) -> Iterator[Callable[[Any], object]]:
    """What is done with a pattern: tried at every place of a text, or at its beginning."""
    if anywhere:
        yield lambda text: sum(1 for _ in pattern.finditer(text))
    else:
        yield pattern.match
        yield pattern.fullmatch
