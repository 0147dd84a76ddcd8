"""`athenaeum index` as people and scripts use it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.cli.main import main
from athenaeum.index.release import open_release


@pytest.fixture
def index(tiny: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, docs: Path) -> Callable[..., int]:
    monkeypatch.setenv("ATHENAEUM_CACHE_DIR", str(tiny.cache))
    for name in ("GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        return main(["index", *arguments, "--embed-model", str(tiny.model)])

    return run


def test_the_guides_lines_work(index: Callable[..., int], capsys: pytest.CaptureFixture[str], docs: Path) -> None:
    assert index("./docs", "--output", "./index", "--chunk-size", "2048", "--chunk-overlap", "400") == 0
    out, err = capsys.readouterr()
    assert out.startswith("Indexed 3 pages")
    assert 'Try: athenaeum search "your question"' in out
    assert "embed:" in err
    excluded = ["--exclude", "**/.git/**", "**/river.md", "**/*.png", "--exclude", "guide/honey.md"]
    assert index("./docs", "--output", "./other index", *excluded) == 0
    assert open_release(Path("other index")).manifest.pages == 1


def test_docs_and_output_have_defaults(index: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert index() == 0
    assert open_release(Path("index")).manifest.docs == ("docs",)
    capsys.readouterr()
    assert index() == 0
    assert capsys.readouterr().out.startswith("Nothing changed: 3 pages")


def test_json_is_one_document_and_nothing_else(index: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert index("docs", "--json", "--repository", "o/r", "--commit", "c" * 40) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert err == ""
    assert (report["pages"], report["repository"], report["commit"]) == (3, "https://github.com/o/r", "c" * 40)
    assert report["added"] == ["guide/honey.md", "guide/river.md", "index.md"]
    assert set(report["seconds"]) == {"read", "encoder", "compare", "chunk", "embed", "write"}


def test_broken_links_are_listed_and_fail(
    index: Callable[..., int], capsys: pytest.CaptureFixture[str], docs: Path
) -> None:
    (docs / "index.md").write_text("# Start\n\n[away](nowhere.md)\n")
    assert index("docs", "--check-links") == 32
    out, err = capsys.readouterr()
    assert "docs/index.md:3: nowhere.md" in out
    assert "1 internal link is broken" in err
    assert open_release(Path("index")).manifest.pages == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 11, "nowhere"),
        (["docs", "--include", "*.adoc"], 12, "no page"),
        (["docs", "--chunk-size", "10"], 10, "chunking.size"),
        (["docs", "--chunk-size", "300", "--chunk-overlap", "299"], 10, "overlap"),
        (["docs", "--site-url", "docs.example.org"], 10, "site.url"),
        (["docs", "--site-dialect", "gitbook"], 10, "dialect"),
        (["docs", "--config", "none.yml"], 10, "none.yml"),
        (["docs", "--output", "docs/index.md"], 23, "index.md"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_work_is_a_sentence_with_its_own_code(
    arguments: list[str], code: int, words: str, index: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert index(*arguments) == code
    err = capsys.readouterr().err
    assert words in err
    assert "Traceback" not in err


def test_notices_name_file_and_line(index: Callable[..., int], capsys: pytest.CaptureFixture[str], docs: Path) -> None:
    (docs / "hidden.md").write_text("# Hidden\n\nText\u202e with a mark.\n", encoding="utf-8")
    assert index("docs") == 0
    assert "docs/hidden.md:3: " in capsys.readouterr().out


def test_an_index_that_is_given_other_docs_says_what_it_no_longer_holds(
    index: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.md").write_text("# One\n\nA rule.\n")
    assert index("docs") == 0
    assert "No longer in it" not in capsys.readouterr().out
    assert index("rules", "--chunk-size", "2048") == 0
    out = capsys.readouterr().out
    assert out.startswith("Indexed 1 page, 1 chunk into index")
    assert "No longer in it: docs." in out
    assert index("docs", "rules") == 0
    assert "No longer in it" not in capsys.readouterr().out
