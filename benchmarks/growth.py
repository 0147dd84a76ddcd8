"""How does the time of every parser grow with a hostile input? Nothing may be worse than linear.

Each parser of text that others write is given runs of each unit at a size and at twice that size; the table shows its
worst unit. A ratio of CPU time near 2 is linear, 4 is quadratic. `--long` takes larger sizes and all units.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _hostile import PACKAGE, UNITS, Growth, find_patterns, growth, hostile_inputs, runs_of, shape_of

LIMIT = 3.0
"""Ratio of the times of two sizes, one twice the other, above which growth counts as more than linear."""
SIZES, LONG_SIZES = (2_000, 8_000), (8_000, 128_000)


@dataclass(frozen=True, slots=True)
class Parser:
    """One parser: its name, what it does with a text, and what stands before and behind a run."""

    name: str
    run: Callable[[str], object]
    head: str = ""
    tail: str = ""


def parsers(folder: Path) -> list[Parser]:
    """Every parser of text that others write; `folder` is where those that read files find theirs."""
    return [*_documents(folder), *_sites(folder), *_data(folder), *_served()]


def _documents(folder: Path) -> list[Parser]:
    from athenaeum.documents.cut.cutting import cut_page
    from athenaeum.documents.find.decoding import decode
    from athenaeum.documents.find.discovery import SourceFile
    from athenaeum.documents.links.links import LinkResolver
    from athenaeum.documents.links.linkscan import scan_ids, scan_links, scan_written_ids
    from athenaeum.documents.links.masking import mask_code
    from athenaeum.documents.links.mentions import mentions
    from athenaeum.documents.links.permalink import repository_url
    from athenaeum.documents.read import mdx, rst, snippets
    from athenaeum.documents.read.blocks import scan_blocks
    from athenaeum.documents.read.comments import comment_edits
    from athenaeum.documents.read.edits import Sourced, apply_edits
    from athenaeum.documents.read.front_matter import split_front_matter
    from athenaeum.documents.read.hidden import strip_hidden
    from athenaeum.documents.read.includes import expand_includes
    from athenaeum.documents.read.jsx import Reader
    from athenaeum.documents.read.reading import parse_page
    from athenaeum.documents.read.sections import heading_text
    from athenaeum.documents.sites import detect_site
    from athenaeum.errors import PageError

    plain = detect_site([], url="https://docs.example/", dialect="plain")
    docusaurus = detect_site([], url="https://docs.example/", dialect="docusaurus")
    hugo = detect_site([], url="https://docs.example/", dialect="hugo")

    def source(suffix: str) -> SourceFile:
        return SourceFile(f"page{suffix}", folder / f"page{suffix}", f"page{suffix}", folder)

    def page(text: str, suffix: str = ".md", site: Any = plain) -> Any:
        # The last page's masked text is kept: what is measured twice would cost nothing.
        mask_code.cache_clear()
        try:
            return parse_page(text.encode("utf-8", "surrogatepass"), source=source(suffix), site=site)
        except PageError:
            return None

    def cut(text: str) -> object:
        made = page(text)
        return [list(cut_page(made, size=1600, overlap=200)), list(mentions([made], plain))] if made else None

    def cleaned(text: str, edits: Callable[[Sourced], Any]) -> object:
        whole = Sourced.of(text)
        return apply_edits(whole, edits(whole))

    def jsx(text: str) -> object:
        # Each place at which a page may hold a tag or an expression, from first to last.
        reader = Reader(text)
        return [
            reader.tag(at) if text[at] == "<" else reader.expression(at) for at in range(len(text)) if text[at] in "<{"
        ]

    def linked(text: str) -> object:
        made = page("# a\n")
        return LinkResolver([made], hugo).resolve(made, text)

    def masked(text: str) -> object:
        mask_code.cache_clear()
        return mask_code(text)

    def anchored(text: str) -> object:
        sites = [
            detect_site([], url="", dialect=name) for name in ("mkdocs", "vitepress", "starlight", "hugo", "plain")
        ]
        return [
            site.anchors().heading(text[:500]) for site in (*sites, docusaurus) for _ in range(max(1, len(text) // 500))
        ]

    found: list[Parser] = [
        Parser("Markdown: blocks", lambda text: scan_blocks(text.split("\n"))),
        Parser("Markdown: blocks of MDX", lambda text: scan_blocks(text.split("\n"), mdx=True)),
        Parser("Markdown: comments, scripts", lambda text: cleaned(text, lambda whole: comment_edits(whole)[0])),
        Parser("Markdown: hidden characters", strip_hidden),
        Parser("Markdown: masked code", masked),
        Parser("Markdown: links", lambda text: (mask_code.cache_clear(), scan_links(text))),
        Parser("Markdown: ids", lambda text: (mask_code.cache_clear(), scan_ids(text), scan_written_ids(text))),
        Parser("Markdown: heading", heading_text),
        Parser("Markdown: anchors of all sites", anchored),
        Parser("Markdown: chunks and mentions", cut),
        Parser("MDX: tags and expressions", lambda text: cleaned(text, mdx.mdx_edits)),
        Parser("MDX: JSX", jsx),
        Parser("MDX: told from Markdown", mdx.looks_like_mdx),
        Parser("RST", lambda text: (rst.scan_rst(text.split("\n")), cleaned(text, rst.rst_edits))),
        Parser("Front matter: YAML", split_front_matter, "---\na: ", "\n---\n"),
        Parser("Front matter: TOML", split_front_matter, "+++\n", "\n+++\n"),
        Parser("Front matter: none that is closed", split_front_matter, "---\n"),
        Parser("Includes: Markdown", lambda text: expand_includes(Sourced.of(text), page=source(".md"))),
        Parser("Includes: RST", lambda text: expand_includes(Sourced.of(text), page=source(".rst"))),
        Parser("Includes: lines that are meant", lambda text: snippets.selected(["a"], text)),
        Parser("Includes: a file's own marks", lambda text: snippets.selected(text.split("\n"), ":a")),
        Parser("Includes: a file's regions", lambda text: snippets.selected(text.split("\n"), "#a")),
        Parser(
            "Notebook", lambda text: page(text, ".ipynb"), '{"cells": [{"cell_type": "markdown", "source": "', '"}]}'
        ),
        Parser("Notebook: its JSON", lambda text: page(text, ".ipynb")),
        Parser(
            "Bytes",
            lambda text: _quietly(
                lambda: decode(text.encode("utf-16-le", "surrogatepass") + b"\xff", name="a"), PageError
            ),
        ),
        Parser("Link's target", linked),
        Parser("Repository's address", repository_url),
    ]
    for suffix in (".md", ".mdx", ".rst", ".txt"):
        found.append(Parser(f"Page: {suffix}", lambda text, suffix=suffix: page(text, suffix)))
    found.append(Parser("Page: .md of Docusaurus", lambda text: page(text, site=docusaurus)))
    return found


def _sites(folder: Path) -> list[Parser]:
    from athenaeum.documents.find.glob_patterns import compile_pattern
    from athenaeum.documents.find.globs import compile_globs
    from athenaeum.documents.find.ignoring import compile_globs_raw
    from athenaeum.documents.sites.docusaurus import config as docusaurus_config
    from athenaeum.documents.sites.guess import guess_dialect
    from athenaeum.documents.sites.hugo import config as hugo_config
    from athenaeum.documents.sites.javascript.jsvalues import read_config
    from athenaeum.documents.sites.mkdocs import config as mkdocs_config
    from athenaeum.documents.sites.plain import config as plain_config
    from athenaeum.documents.sites.rewrites import rewritten
    from athenaeum.documents.sites.starlight import config as starlight_config
    from athenaeum.documents.sites.vitepress import config as vitepress_config
    from athenaeum.errors import ConfigError
    from athenaeum.parsing import DataError

    def file_of(name: str, read: Callable[[Path], object]) -> Callable[[str], object]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)

        def run(text: str) -> object:
            file.write_text(text, encoding="utf-8", errors="replace")
            return _quietly(lambda: read(file), DataError)

        return run

    files: Mapping[str, Callable[[Path], object]] = {
        "mkdocs.yml": mkdocs_config.read,
        "zensical.toml": mkdocs_config.read,
        "docusaurus.config.js": docusaurus_config.read,
        "astro.config.mjs": starlight_config.read,
        ".vitepress/config.ts": vitepress_config.read,
        "hugo.toml": hugo_config.read,
        "hugo.yaml": hugo_config.read,
        "hugo.json": hugo_config.read,
        "book.toml": plain_config.read,
        "conf.py": plain_config.read,
    }
    found = [Parser(f"Site: {name}", file_of(name, read)) for name, read in files.items()]
    script = "export default { a: "
    found.append(
        Parser("Site: values of JavaScript", lambda text: _quietly(lambda: read_config(text), DataError), script)
    )
    doubled = "".join(f"const a{number} = a{number - 1} + a{number - 1}\n" for number in range(1, 40))
    found.append(
        Parser(
            "Site: constants that double",
            lambda text: _quietly(lambda: read_config(text), DataError),
            f"const a0 = 'x'\n{doubled}export default {{ url: a39 }}\n",
        )
    )
    deep = compile_pattern("**/*a*a*a*a*a*a*a*b/**/*a*a*a*b")
    found += [
        Parser("Site: guessed by its pages", file_of("guessed.md", lambda file: guess_dialect([file]))),
        Parser("Site: rewrites, the path", lambda text: rewritten(text, ((":a-:b*/:c.:d.md", ":a"),))),
        Parser("Site: rewrites, the pattern", lambda text: rewritten("a/b-c.d.md", ((text, text),))),
        Parser("Globs: the path", deep.match_file),
        Parser("Globs: .gitignore", lambda text: compile_globs_raw(text.split("\n")).match_file("a/b.md")),
        Parser(
            "Globs: a setting", lambda text: _quietly(lambda: compile_globs([text]).match_file("a/b.md"), ConfigError)
        ),
    ]
    return found


def _data(folder: Path) -> list[Parser]:
    from athenaeum.config import load_config
    from athenaeum.errors import ConfigError, QuestionsError
    from athenaeum.evaluation.questions import parse_questions
    from athenaeum.parsing import DataError, load_json, load_toml, load_yaml

    def configured(text: str) -> object:
        file = folder / "athenaeum.yml"
        file.write_text(text, encoding="utf-8", errors="replace")
        return _quietly(lambda: load_config(file), ConfigError)

    bomb = "a0: &a0 {k: v}\n" + "".join(
        f"a{number}: &a{number} {{<<: [{', '.join([f'*a{number - 1}'] * 9)}]}}\n" for number in range(1, 12)
    )
    found = [
        Parser(f"Data: {kind}", lambda text, load=load: _quietly(lambda: load(text), DataError), head)
        for kind, load, head in (
            ("YAML", load_yaml, ""),
            ("YAML, a flow", load_yaml, "a: ["),
            ("YAML, a merge bomb", load_yaml, bomb),
            ("TOML", load_toml, ""),
            ("TOML, a value", load_toml, "a = "),
            ("JSON", load_json, ""),
            ("JSON, a list", load_json, "["),
        )
    ]
    return [
        *found,
        Parser("Data: athenaeum.yml", configured, "docs:\n  paths: "),
        Parser(
            "Data: questions.yml",
            lambda text: _quietly(lambda: parse_questions(text, file="questions.yml"), QuestionsError),
            "- question: a\n  expect: ",
        ),
    ]


def _served() -> list[Parser]:
    from athenaeum.chat.citations import check_text
    from athenaeum.chat.conversation import refers_back
    from athenaeum.chat.providers.none import passages
    from athenaeum.evaluation import suggest
    from athenaeum.index.text import words
    from athenaeum.operations.gaps import telling_words
    from athenaeum.records import Hit
    from athenaeum.representation.passages import cut_passages
    from athenaeum.representation.plain_text import plain_text
    from athenaeum.server.log.metrics import redacted
    from athenaeum.server.page.connect import slug
    from athenaeum.server.page.markdown import mark, render, words_of
    from athenaeum.server.page.readable import readable
    from athenaeum.server.page.results import render_results

    def hit(text: str) -> Hit:
        return Hit("a", "A", ("A",), text, "a.md", 1, 2, "https://docs.example/a", "", 1.0)

    def shown(text: str) -> object:
        return render_results([hit(text)], query="a how", prefix="")

    return [
        Parser("Served: readable text", readable),
        Parser(
            "Served: Markdown to HTML", lambda text: render(text, words=words_of("a b"), base="https://docs.example/")
        ),
        Parser("Served: results", shown),
        Parser("Served: marked words", lambda text: mark(text, words_of("a b 中"))),
        Parser("Served: words of the query", lambda text: mark("a b", words_of(text))),
        Parser("Served: the site's name", slug),
        Parser("Query: without secrets", redacted),
        Parser(
            "Query: words", lambda text: (list(words.words(text)), list(words.identifiers(text)), telling_words(text))
        ),
        Parser("Query: refers back", refers_back),
        Parser("Answer: quoted passages", lambda text: passages("a b", [hit(text)])),
        Parser("Answer: citations", lambda text: check_text(text, [hit("a")])),
        Parser("Index: plain text", plain_text),
        Parser("Index: passages", lambda text: cut_passages(text, least=100, most=400)),
        Parser("Index: code", words.code_of),
        Parser("Questions: prose of a page", suggest._prose),
        Parser("Questions: names in code", lambda text: suggest._is_name(text, {text: text})),
    ]


def _quietly(run: Callable[[], object], *expected: type[Exception]) -> object:
    try:
        return run()
    except expected:
        return None


@dataclass(frozen=True, slots=True)
class Worst:
    """A parser's worst unit."""

    parser: Parser
    unit: str
    growth: Growth


def worst_of(parser: Parser, *, sizes: tuple[int, int] = SIZES, units: tuple[str, ...] = UNITS) -> Worst:
    """The unit whose run a parser is slowest with, one that grows more than linearly before all others."""
    worst = Worst(parser, "", Growth(0, 0.0, 0.0))
    for unit in units:
        made = growth(
            parser.run,
            lambda size, unit=unit: parser.head + unit * max(1, size // len(unit)) + parser.tail,
            sizes=sizes,
            limit=LIMIT,
        )
        bad, known = made.ratio > LIMIT, worst.growth.ratio > LIMIT
        if (bad, made.seconds / max(made.size, 1)) > (known, worst.growth.seconds / max(worst.growth.size, 1)):
            worst = Worst(parser, unit, made)
    return worst


def main() -> int:
    """Print the table; 1 when something grows more than linearly."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--long", action="store_true", help="larger sizes")
    asked.add_argument("--only", default="", help="parsers whose name holds this")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    bad = 0
    print(f"## Growth\n\nCPU time of every parser with its worst hostile input (seed {given.seed}).\n")
    print("| parser | worst run of | characters | ms | ratio for twice the size |\n| --- | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".git").mkdir()
        for parser in parsers(Path(folder)):
            if given.only.lower() in parser.name.lower():
                found = worst_of(parser, sizes=LONG_SIZES if given.long else SIZES)
                bad += found.growth.ratio > LIMIT
                made = found.growth
                unit = repr(found.unit).replace("|", "\\|")
                print(
                    f"| {parser.name} | `{unit}` | {made.size:,} | {made.seconds * 1000:.1f} | {made.ratio:.1f} |",
                    flush=True,
                )
    if not given.only:
        count, worse = patterns_that_grow(random.Random(given.seed), long=given.long)
        bad += len(worse)
        print(f"\n{count} patterns of the package, each with inputs made of its own structure: {len(worse)} grow.")
        print("\n".join(f"- {line}" for line in worse))
    return 1 if bad else 0


def patterns_that_grow(chance: random.Random, *, long: bool = False) -> tuple[int, list[str]]:
    """How many patterns were tried, and a line for each that grows more than linearly."""
    import re

    found, worse = [each for each in find_patterns(PACKAGE) if each.text is not None], []
    for pattern in found:
        line = growth_of_pattern(re.compile(pattern.text, pattern.flags), chance, anywhere=pattern.anywhere, long=long)  # type: ignore[arg-type]
        worse += [f"{pattern.place}: {line}"] if line else []
    return len(found), worse


def growth_of_pattern(pattern: Any, chance: random.Random, *, anywhere: bool, long: bool = False) -> str:
    """What a pattern grows with and how much, or "" when it is linear with every input made of its structure."""
    for make in hostile_inputs(shape_of(pattern), chance, most=1000 if long else 240):
        typed = (
            make
            if isinstance(pattern.pattern, str)
            else lambda size, make=make: make(size).encode("latin-1", "replace")
        )
        for run in runs_of(pattern, anywhere=anywhere):
            made = growth(run, typed, sizes=(500, 32_000 if long else 8_000), floor=0.0006, rounds=6, limit=LIMIT)
            if made.ratio > LIMIT:
                cost = f"{made.size} cost {made.seconds * 1000:.0f} ms, ×{made.ratio:.1f}"
                return f"{pattern.pattern!r} with {typed(30)!r}…: {cost}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
