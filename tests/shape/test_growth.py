"""No pattern and no parser of text that others write takes more than linear time.

Patterns are found in the source and attacked with inputs made of their own structure; parsers with runs of everything
that one of them reads. What counts is the ratio of CPU times for a size and for twice that size, measured again and
again before it counts: a busy machine makes one measurement slow, and not all of them.
"""

import importlib
import os
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 40
"""Units that each parser is tried with in the usual run; `make test-long` takes all of them at larger sizes."""


@pytest.fixture(scope="module")
def growth() -> Iterator[Any]:
    """The benchmark that measures growth, as a module."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        yield importlib.import_module("growth")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture
def chance() -> random.Random:
    """Chance with a seed that is printed; GROWTH_SEED repeats a run."""
    seed = int(os.environ.get("GROWTH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"GROWTH_SEED={seed}")
    return random.Random(seed)


def made_while_running() -> dict[str, list["re.Pattern[Any]"]]:
    """Files that put patterns together while they run, with what they make of the worst that they are given."""
    from athenaeum import names
    from athenaeum.chat import lexing
    from athenaeum.documents.find.glob_patterns import compile_pattern
    from athenaeum.server.page.markdown import words_of

    rules = [rule for rule in vars(names).values() if isinstance(rule, names.Rule)]
    globs = ("*a*a*a*a*b", "**/a*/**/*a/**/b", "a/**/*?a*", "[a-c]*[!a]*[ab]", "*" * 50 + "b", "?*?*?*b", "/a/*/b/**")
    queries = ("a b how", "word " * 40, "a" * 3000, "中" * 3000 + "b", "ab.c*d(e", "aab aaab aaaab")
    return {
        "athenaeum/names.py": [re.compile(rule.pattern) for rule in rules],
        "athenaeum/documents/find/glob_patterns.py": [
            made.regex for glob in globs if (made := compile_pattern(glob)).regex is not None
        ],
        "athenaeum/server/page/markdown.py": [made for query in queries if (made := words_of(query)) is not None],
        "athenaeum/chat/citations.py": [re.compile(r" {0,3}`{3,}[ \t]*\n?"), re.compile(r" {0,3}~{99,}[ \t]*\n?")],
        "athenaeum/chat/lexing.py": list(lexing._RUNS.values()),
        # The pattern of an authorizer stands in the template that our own constructs make.
        "athenaeum/local_aws/gateway/guards.py": [],
    }


def test_every_pattern_of_the_package_is_linear(growth: Any, chance: random.Random) -> None:
    count, worse = growth.patterns_that_grow(chance)
    assert count > 300
    assert not worse, "\n".join(worse)


def test_every_pattern_that_is_put_together_while_running_is_linear(growth: Any, chance: random.Random) -> None:
    made = made_while_running()
    unknown = {each.place.partition(":")[0] for each in growth.find_patterns() if each.text is None} - set(made)
    assert not unknown, f"show in made_while_running what these make: {unknown}"
    worse = [
        line
        for place, patterns in made.items()
        for pattern in patterns
        if (line := growth.growth_of_pattern(pattern, chance, anywhere=place.endswith("markdown.py")))
    ]
    assert not worse, "\n".join(worse)


def test_a_pattern_that_grows_is_found(growth: Any, chance: random.Random) -> None:
    """The test itself can fail: patterns that took the server or a build down, and some of a textbook."""
    for text, anywhere in (
        (r"^(?:!!!|\?\?\?\+?)[ \t]*([A-Za-z][\w-]*)[^\"\n]*(?:\"(.*?)\")?[ \t]*$", False),
        (r"(?P<indent>[ \t]*)\{!>?[ \t]*(?P<path>[^!\n]+?)[ \t]*(?P<lines>)!\}[ \t]*$", False),
        (r"\s+$", True),
        (r"(a+)+b", False),
        (r"(?:a|a)*b", False),
        (r"<!--.*?-->", True),
        (r"<script(?=[\s>])[^>]*>", True),
        (r"[A-Za-z_][\w-]*[ \t]*[:=]", True),
    ):
        assert growth.growth_of_pattern(re.compile(text), chance, anywhere=anywhere), text


def test_every_parser_is_linear(growth: Any, chance: random.Random, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    worse = []
    for parser in growth.parsers(tmp_path):
        found = growth.worst_of(parser, sizes=(1_000, 4_000), units=tuple(chance.sample(growth.UNITS, SAMPLE)))
        if found.growth.ratio > growth.LIMIT:
            worse.append(f"{parser.name} with {found.unit!r}: {found.growth}")
    assert not worse, "\n".join(worse)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_parser_is_linear_at_every_size(growth: Any, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for parser in growth.parsers(tmp_path):
        found = growth.worst_of(parser, sizes=growth.LONG_SIZES)
        assert found.growth.ratio <= growth.LIMIT, (parser.name, found.unit, found.growth)


def test_every_module_that_reads_text_with_patterns_is_among_the_parsers(growth: Any, tmp_path: Path) -> None:
    """A room that gains a parser shows it here, or its pattern is tried alone and the loops around it are not."""
    (tmp_path / ".git").mkdir()
    rooms = ("documents/", "parsing.py", "server/page/", "retrieval/", "chat/citations.py", "evaluation/questions.py")
    wanted = {each.place.partition(":")[0] for each in growth.find_patterns()}
    wanted = {name for name in wanted if name.removeprefix("athenaeum/").startswith(rooms)}
    seen: set[str] = set()

    def note(frame: Any, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_name not in {"<module>", "<genexpr>"}:
            seen.add(frame.f_code.co_filename)

    parsers = growth.parsers(tmp_path)
    sys.setprofile(note)
    try:
        for parser in parsers:
            for unit in ("a b\n", "# a {#b}\n", "<a b='c'>\n", "[a](b)\n", "const a = 1\n", "{! a !}\n"):
                parser.run(parser.head + unit * 20 + parser.tail)
    finally:
        sys.setprofile(None)
    read = {Path(name).relative_to(ROOT).as_posix() for name in seen if Path(name).is_relative_to(ROOT)}
    assert wanted - read - NOT_PARSERS == set()


NOT_PARSERS = frozenset({"athenaeum/representation/pieces.py"})
"""What is held to a pattern there is a page's path: of bounded length, and the pattern is tried alone."""
