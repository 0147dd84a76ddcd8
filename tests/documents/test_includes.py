"""Snippets are read where their generators find them, never from outside the repository, and lines stay true."""

from pathlib import Path

import pytest

from athenaeum.documents.find.discovery import SourceFile
from athenaeum.documents.read.reading import read_page
from athenaeum.documents.sites import Site
from athenaeum.records import Page


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def read(root: Path, name: str = "docs/en/guide/page.md") -> Page:
    return read_page(SourceFile(Path(name).name, root / name, name, root), site=Site())


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    write(
        root,
        {
            "src/app.py": "import x\n\n# --8<-- [start:core]\ndef core():\n    return '```'\n"
            "# --8<-- [end:core]\nlast = 1\n",
            "docs/en/parts/note.md": "---\ntitle: no\n---\nShared **note**.\n\n## Shared heading\n",
            "docs/en/code.js": "// #region one\nconst a = 1\n// #endregion one\nconst b = 2\n",
            ".env": "SECRET=1",
            ".git/config": "token",
        },
    )
    write(tmp_path, {"outside.txt": "OUTSIDE"})
    return root


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('--8<-- "src/app.py:1:1"', "import x"),
        ('--8<-- "src/app.py:core"', "def core():\n    return '```'"),
        ('    --8<-- "src/app.py:7"', "    last = 1"),
        ("--8<--\nsrc/app.py:1:1\nparts/note.md\n--8<--", "import x\nShared **note**.\n\n## Shared heading"),
        ("{* ../../src/app.py ln[1] hl[1] *}", "```py\nimport x\n```"),
        ("{* ../../src/app.py ln[4:5] *}", "````py\ndef core():\n    return '```'\n````"),
        ("{!> ../../src/app.py!}", "import x\n\ndef core():\n    return '```'\nlast = 1"),
        ("<<< @/code.js#one{1} [title]", "```js\nconst a = 1\n```"),
        ("<!--@include: ../parts/note.md{1,1}-->", "Shared **note**."),
        ('{% include-markdown "../parts/note.md" %}', "Shared **note**.\n\n## Shared heading"),
    ],
)
def test_each_notation_puts_the_lines_in_that_its_generator_would(repo: Path, written: str, expected: str) -> None:
    write(repo, {"docs/en/guide/page.md": f"# Page\n\n{written}\n\nAfter.\n"})
    page = read(repo)
    assert page.text == f"# Page\n\n{expected}\n\nAfter."
    assert page.notices == ()
    shown = page.text.split("\n")
    assert {page.lines[row] for row in range(2, len(shown) - 2)} == {3}
    assert page.lines[-1] == 3 + written.count("\n") + 2


def test_headings_of_an_included_page_begin_sections_at_the_line_of_the_include(repo: Path) -> None:
    write(repo, {"docs/en/guide/page.md": '# Page\n\n--8<-- "parts/note.md"\n'})
    section = read(repo).sections[-1]
    assert section.headings == ("Page", "Shared heading")
    assert (section.start_line, section.end_line, section.anchor) == (3, 3, "shared-heading")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('--8<-- "../outside.txt"', "not in the repository"),
        ('--8<-- "../../../../outside.txt"', "not in the repository"),
        ('--8<-- ".git/config"', "hidden"),
        ('--8<-- ".env"', "hidden"),
        ('--8<-- "link.txt"', "not in the repository"),
        ('--8<-- "https://example.com/x.md"', "is an address"),
        ('--8<-- "missing.md"', "not in the repository"),
        ('--8<-- "src/app.py:nothing"', "has no part nothing"),
        ('--8<-- "page.md"', "leads back to itself"),
        ('--8<-- "big.txt"', "too large"),
        ('--8<-- "binary.bin"', "cannot be read"),
    ],
)
def test_what_must_not_or_cannot_be_included_stays_and_is_reported(repo: Path, written: str, reason: str) -> None:
    write(repo, {"docs/en/guide/page.md": f"# Page\n\n{written}\n", "big.txt": "x" * 1_100_000})
    (repo / "binary.bin").write_bytes(b"\0\1\2\3" * 100)
    (repo / "docs" / "link.txt").symlink_to(repo.parent / "outside.txt")
    page = read(repo)
    assert page.text == f"# Page\n\n{written}"
    [(line, message)] = page.notices
    assert line == 3
    assert reason in message


def test_pages_that_include_each_other_end(repo: Path) -> None:
    write(
        repo,
        {"docs/en/guide/page.md": 'a\n--8<-- "b.md"\n', "docs/en/guide/b.md": 'b\n--8<-- "page.md"\n--8<-- "b.md"\n'},
    )
    page = read(repo)
    assert page.text.split("\n")[:2] == ["a", "b"]
    assert len(page.notices) == 2


def test_includes_that_multiply_are_bounded(repo: Path) -> None:
    write(repo, {f"docs/en/guide/n{n}.md": f'--8<-- "n{n + 1}.md"\n' * 10 + "x" * 1000 for n in range(7)})
    write(repo, {"docs/en/guide/n7.md": "x" * 1000, "docs/en/guide/page.md": '--8<-- "n0.md"\n'})
    assert len(read(repo).text) < 10_000_000


def test_an_escaped_snippet_is_text(repo: Path) -> None:
    write(repo, {"docs/en/guide/page.md": ';--8<-- "src/app.py"\n'})
    assert read(repo).text == ';--8<-- "src/app.py"'


def test_a_changed_include_changes_the_page(repo: Path) -> None:
    write(repo, {"docs/en/guide/page.md": '--8<-- "parts/note.md"\n'})
    before = read(repo).digest
    write(repo, {"docs/en/parts/note.md": "Other."})
    assert read(repo).digest != before


def test_hidden_characters_of_an_included_file_go_and_are_reported(repo: Path) -> None:
    write(repo, {"docs/en/guide/page.md": 'x\n\n--8<-- "parts/h.md"\n', "docs/en/parts/h.md": "a\nb\u200bc\n"})
    page = read(repo)
    assert page.text == "x\n\na\nbc"
    [(line, message)] = page.notices
    assert line == 3
    assert "U+200B" in message
    assert "line 2 of the included parts/h.md" in message
