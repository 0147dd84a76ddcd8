"""The lexical index: what is found, that a query is data, and that files are the same in every build."""

import contextlib
import hashlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index.format.lexical import FIELDS, Lexical, LexicalDocument, open_lexical, write_lexical

EVERY = {"title": 1.0, "headings": 1.0, "path": 1.0, "body": 1.0, "code": 1.0, "identifier": 1.0}
DOCUMENTS = [
    LexicalDocument(title="Install", body="Installing the packages with `pip install`.", code="pip install"),
    LexicalDocument(title="Run", body="Call `create_app` to run it.", code="create_app", after=1),
    LexicalDocument(title="Flags", body="Set `--chunk-size` for larger chunks.", code="--chunk-size", before=1),
    LexicalDocument(title="Anleitung", body="Die Häuser werden gebaut.", language="de"),
    LexicalDocument(title="案内", body="東京都の天気", language="ja"),
    LexicalDocument(title="Errors", body="The answer is HTTP 422 then."),
]


@pytest.fixture
def lexical(tmp_path: Path) -> Iterator[Lexical]:
    write_lexical(tmp_path / "lexical", DOCUMENTS)
    opened = open_lexical(tmp_path / "lexical")
    yield opened
    opened.close()


def test_what_is_named_after_an_identifier_is_found_before_what_speaks_of_it(tmp_path: Path) -> None:
    spoken = LexicalDocument(headings="Models", body="Call `HeroBase` often: HeroBase, HeroBase, HeroBase.")
    named = LexicalDocument(
        headings="HeroBase", names="The `HeroBase` model", body="The `HeroBase` model\n\nIts fields are shared."
    )
    write_lexical(tmp_path / "lexical", [spoken, named])
    opened = open_lexical(tmp_path / "lexical")
    try:
        assert [found for found, _ in opened.search("HeroBase", 2, boosts={"names": 1.0, "identifier": 1.0})] == [1, 0]
    finally:
        opened.close()


def first(lexical: Lexical, query: str) -> int:
    return lexical.search(query, 3, boosts=EVERY)[0][0]


def test_words_are_found_in_any_form_of_their_language(lexical: Lexical) -> None:
    assert first(lexical, "installed package") == 0
    assert first(lexical, "haus bauen gebaut Häusern") == 3


def test_identifiers_and_codes_are_found_as_they_are_written(lexical: Lexical) -> None:
    assert first(lexical, "create_app") == 1
    assert first(lexical, "--chunk-size") == 2
    assert first(lexical, "HTTP 422") == 5


def test_scripts_without_spaces_are_searched(lexical: Lexical) -> None:
    assert first(lexical, "東京の天気") == 4


def test_a_chunk_is_found_by_its_neighbours_words_where_the_context_counts(lexical: Lexical) -> None:
    assert [ordinal for ordinal, _ in lexical.search("chunks", 5, boosts={"body": 1.0})] == [2]
    assert {ordinal for ordinal, _ in lexical.search("chunks", 5, boosts={"context": 1.0})} == {1, 2}


def test_a_range_of_chunks_limits_the_search_exactly(lexical: Lexical) -> None:
    assert lexical.search("pip create_app", 5, boosts=EVERY, within=range(1, 2))[0][0] == 1
    assert lexical.search("pip", 5, boosts=EVERY, within=range(1, 6)) == []
    assert lexical.search("pip", 5, boosts=EVERY, within=range(0)) == []


def test_stop_words_count_only_when_there_is_nothing_else(lexical: Lexical) -> None:
    assert lexical.search("then the packages", 5, boosts=EVERY) == lexical.search("packages", 5, boosts=EVERY)
    assert lexical.search("then", 5, boosts=EVERY)[0][0] == 5


def test_slips_are_mended_with_the_index_own_words(lexical: Lexical) -> None:
    assert lexical.mended("instaling pakcages") == "instaling packages"
    assert lexical.mended("Installing the packages") == "Installing the packages"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=200))
def test_a_query_is_data_whatever_it_holds(lexical: Lexical, query: str) -> None:
    found = lexical.search(lexical.mended(query), 3, boosts=EVERY)
    assert found == lexical.search(lexical.mended(query), 3, boosts=EVERY)


@pytest.mark.parametrize("query", ["title:Install AND (", "^^~2 *", '"unclosed', "body:[a TO", "\\", "\0", "\ud800"])
def test_query_syntax_has_no_meaning(lexical: Lexical, query: str) -> None:
    plain = "".join(character if character.isalnum() else " " for character in query)
    assert lexical.search(query, 5, boosts={"body": 1.0}) == lexical.search(plain, 5, boosts={"body": 1.0})


def test_equal_documents_give_equal_files(tmp_path: Path) -> None:
    def sums(name: str) -> dict[str, str]:
        write_lexical(tmp_path / name, DOCUMENTS * 50)
        files = (tmp_path / name).iterdir()
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    assert sums("one") == sums("two")


def test_reading_leaves_no_file_behind(tmp_path: Path) -> None:
    write_lexical(tmp_path, DOCUMENTS)
    before = sorted(tmp_path.iterdir())
    opened = open_lexical(tmp_path)
    opened.search("pip", 1, boosts=EVERY)
    opened.close()
    assert sorted(tmp_path.iterdir()) == before


def test_a_large_index_holds_no_lock_file_of_the_library(tmp_path: Path) -> None:
    # Long enough for the library, which looks at its folder twice a second, to see that it changed.
    words = " ".join(f"word{number}" for number in range(400))
    write_lexical(tmp_path, [LexicalDocument(body=f"{words} {number}") for number in range(4_500)])
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_closing_survives_a_file_that_the_library_makes_meanwhile(tmp_path: Path) -> None:
    write_lexical(tmp_path / "lexical", DOCUMENTS)
    ended = threading.Event()
    opened = [open_lexical(tmp_path / "lexical") for _ in range(20)]

    def make_locks() -> None:
        while not ended.is_set():
            for one in opened:
                with contextlib.suppress(OSError):
                    Path(one._shadow.name, ".tantivy-meta.lock").touch()

    maker = threading.Thread(target=make_locks)
    maker.start()
    try:
        for one in opened:
            one.close()
    finally:
        ended.set()
        maker.join()
        for one in opened:
            shutil.rmtree(one._shadow.name, ignore_errors=True)


def test_an_index_without_documents_finds_nothing(tmp_path: Path) -> None:
    write_lexical(tmp_path, [])
    assert open_lexical(tmp_path).search("anything", 5, boosts=EVERY) == []


def test_absent_and_damaged_files_are_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        open_lexical(tmp_path / "nowhere")
    write_lexical(tmp_path / "lexical", DOCUMENTS)
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(IndexBrokenError):
        open_lexical(tmp_path / "lexical")


def test_an_index_of_an_earlier_version_is_searched_by_the_fields_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lexical(tmp_path, DOCUMENTS)
    found = open_lexical(tmp_path).search("pip", 3, boosts=EVERY)
    monkeypatch.setattr("athenaeum.index.format.lexical.FIELDS", (*FIELDS, "later"))
    assert found
    assert open_lexical(tmp_path).search("pip", 3, boosts={**EVERY, "later": 1.0}) == found
