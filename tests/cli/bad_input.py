"""Bad input, case by case: what is prepared, what is run, and the exit code and words it must end with.

`python tests/cli/bad_input.py` prints the table of all cases as it is now.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOOD = "# Widgets\n\nThe default colour of a widget is blue.\n"


@dataclass(frozen=True)
class Case:
    """`prepare` fills a folder that already holds a good `docs/` and gives the arguments of `athenaeum`."""

    name: str
    prepare: Callable[[Path], Sequence[str]]
    code: int
    words: tuple[str, ...]
    annotated: str = ""


def write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def page(name: str, content: str | bytes, *arguments: str) -> Callable[[Path], Sequence[str]]:
    """A case that adds one page to the good docs and indexes them."""

    def prepare(folder: Path) -> Sequence[str]:
        write(folder / "docs", name, content)
        return ("index", "docs", *arguments)

    return prepare


def config(text: str) -> Callable[[Path], Sequence[str]]:
    def prepare(folder: Path) -> Sequence[str]:
        write(folder, "athenaeum.yml", text)
        return ("index",)

    return prepare


def flags(*arguments: str) -> Callable[[Path], Sequence[str]]:
    return lambda folder: arguments


def emptied(folder: Path) -> Sequence[str]:
    (folder / "docs" / "good.md").unlink()
    return ("index", "docs")


def only_images(folder: Path) -> Sequence[str]:
    emptied(folder)
    write(folder, "docs/logo.png", b"\x89PNG\r\n\x1a\n")
    return ("index", "docs")


def loop(folder: Path) -> Sequence[str]:
    (folder / "docs" / "again").symlink_to(folder / "docs")
    return ("index", "docs")


def dangling(folder: Path) -> Sequence[str]:
    (folder / "docs" / "gone.md").symlink_to(folder / "nowhere.md")
    return ("index", "docs")


def output_is_a_file(folder: Path) -> Sequence[str]:
    write(folder, "taken", "mine")
    return ("index", "docs", "--output", "taken")


def broken_release(folder: Path) -> Sequence[str]:
    index(folder)
    for path in (folder / "index" / "releases").rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            path.write_bytes(path.read_bytes()[:-7])
    return ("search", "widget")


def newer_format(folder: Path) -> Sequence[str]:
    index(folder)
    pointer = folder / "index" / "current.json"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "format": 99}))
    return ("search", "widget")


def indexed(*arguments: str) -> Callable[[Path], Sequence[str]]:
    def prepare(folder: Path) -> Sequence[str]:
        index(folder)
        return arguments

    return prepare


def index(folder: Path) -> None:
    done = run(folder, ("index", "docs"))
    assert done.returncode == 0, done.stderr


def run(folder: Path, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_WORKSPACE"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "athenaeum", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


CASES: tuple[Case, ...] = (
    Case("docs folder is not there", flags("index", "doks"), 11, ("doks",)),
    Case("docs folder is empty", emptied, 12, ("no page",)),
    Case("docs folder holds images only", only_images, 12, ("no page",)),
    Case("every page is excluded", flags("index", "docs", "--exclude", "**/*.md"), 12, ("no page",)),
    Case("broken front matter", page("a.md", "---\ntitle: [x\n---\n# A\n"), 0, ("a.md:", "ront matter")),
    Case("binary renamed .md", page("b.md", bytes(range(256)) * 20), 0, ("b.md",)),
    Case("invalid UTF-8", page("c.md", b"# Caf\xe9\n\nText\n"), 0, ("c.md",)),
    Case("UTF-16 with a byte order mark", page("d.md", "# Größe\n".encode("utf-16")), 0, ("2 pages",)),
    Case("CRLF line ends", page("e.md", "# A\r\n\r\nText\r\n"), 0, ("2 pages",)),
    Case("empty page", page("f.md", ""), 0, ()),
    Case("page without a heading", page("g.md", "Only a sentence.\n"), 0, ("2 pages",)),
    Case("duplicate headings", page("h.md", "# A\n\n## B\n\none\n\n## B\n\ntwo\n"), 0, ("2 pages",)),
    Case("Chinese, Arabic, Hebrew and emoji", page("i.md", "# 文档\n\nمرحبا שלום 👩‍👩‍👧\n"), 0, ("2 pages",)),
    Case("hidden characters", page("j.md", "# A\n\nsafe\u202etxet\u200b\n"), 0, ("j.md",)),
    Case("path with spaces", page("a b/c d.md", GOOD), 0, ("2 pages",)),
    Case("20 MB page", page("k.md", "# Big\n\n" + "word " * 4_000_000), 0, ("k.md",)),
    Case("unclosed fence and deep nesting", page("l.md", "# A\n```\n" + "> " * 5000 + "x\n"), 0, ("2 pages",)),
    Case("symlink loop", loop, 0, ("1 page",)),
    Case("dangling symlink", dangling, 0, ("1 page",)),
    Case("chunk size is no number", flags("index", "docs", "--chunk-size", "big"), 2, ("--chunk-size",)),
    Case("chunk size is too small", flags("index", "docs", "--chunk-size", "5"), 10, ("chunking.size",)),
    Case(
        "overlap leaves no room",
        flags("index", "docs", "--chunk-size", "400", "--chunk-overlap", "300"),
        10,
        (": overlap 300 must",),
    ),
    Case("unknown site dialect", flags("index", "docs", "--site-dialect", "jekyl"), 10, ("jekyl",)),
    Case(
        "site address without a scheme",
        flags("index", "docs", "--site-url", "example.com"),
        10,
        (": must begin with https://",),
    ),
    Case(
        "model that nobody has",
        flags("index", "docs", "--embed-model", "acme/no-such-model"),
        14,
        ("acme/no-such-model",),
    ),
    Case("output is a file", output_is_a_file, 23, ("taken",)),
    Case("broken YAML", config("docs:\n  paths: [docs\n"), 10, ("athenaeum.yml:",)),
    Case("unknown setting", config("docs:\n  pats: [docs]\n"), 10, ("athenaeum.yml:2", "`docs.pats`", "`paths`")),
    Case("configuration is a list", config("- docs\n"), 10, ("athenaeum.yml:1",)),
    Case("named configuration is not there", flags("index", "--config", "other.yml"), 10, ("other.yml",)),
    Case("unknown command", flags("serch", "x"), 2, ("'search'",)),
    Case("unknown flag", flags("index", "docs", "--chunksize", "9"), 2, ("--chunksize",)),
    Case("search without an index", flags("search", "x"), 20, ("athenaeum index",)),
    Case("search in a broken index", broken_release, 21, ("index",)),
    Case("search in a newer format", newer_format, 22, ("format",)),
    Case("empty query", indexed("search", " "), 2, ("query",)),
    Case("rollback with nothing before", indexed("rollback", "--index", "index"), 27, ("earlier release",)),
    Case("publish to itself", indexed("publish", "--to", "index"), 2, ("itself",)),
    Case("deploy without a CDK app", flags("deploy", "--target", "local"), 10, ("cdk.json",)),
)


def table() -> Iterator[str]:
    """Every case with what it printed and its exit code, as the rows of a Markdown table."""
    yield from ("| input | exit | printed |", "| --- | --- | --- |")
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, "docs/good.md", GOOD)
            done = run(folder, case.prepare(folder))
        kept = [
            line.strip() for line in (done.stderr + done.stdout).splitlines() if not line.startswith(("read", "chunk"))
        ]
        told = [line for line in kept if any(word in line for word in case.words)] or kept
        printed = " ".join(told[:2])[:240].replace("|", "\\|")
        yield f"| {case.name} | {done.returncode} | {printed} |"


if __name__ == "__main__":
    for row in table():
        print(row, flush=True)
