"""How text is cut into words and identifiers."""

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.index.text.words import MAX_LENGTH, code_of, identifiers, words, written


def test_identifiers_are_kept_whole_and_given_as_their_parts() -> None:
    assert list(words("create_app")) == ["create", "app"]
    assert list(identifiers("create_app")) == ["create_app"]
    assert list(words("parseHTTPResponse")) == ["parsehttpresponse", "parse", "http", "response"]
    assert list(identifiers("parseHTTPResponse")) == ["parsehttpresponse"]


def test_a_flag_is_found_with_and_without_its_dashes() -> None:
    assert list(identifiers("use --chunk-size, please.")) == ["--chunk-size", "chunk-size"]


def test_names_that_end_in_marks_are_identifiers() -> None:
    assert "c++" in identifiers("C++ or C#?")
    assert "c#" in identifiers("C++ or C#?")


def test_dotted_names_are_found_by_their_marked_parts_too() -> None:
    found = list(identifiers("router.include_router()"))
    assert found == ["router.include_router", "include_router"]


def test_plain_prose_holds_no_identifiers() -> None:
    assert list(identifiers("How to declare a body, and why? (See above.)")) == []


def test_a_status_code_stays_two_words_that_both_count() -> None:
    assert list(words("HTTP 422")) == ["http", "422"]


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert list(words("東京都 2024年")) == ["東京", "京都", "2024", "年"]


def test_code_of_gives_fences_and_spans_only() -> None:
    code = code_of("Call `run()`:\n\n```python\nimport app\n```\n\nthen stop.\n~~~\nlast\n")
    assert "run()" in code
    assert "import app" in code
    assert "last" in code
    assert "then stop" not in code


@given(st.text(max_size=300))
def test_any_text_is_cut_without_trouble(text: str) -> None:
    for word in [*words(text), *written(text), *identifiers(text)]:
        assert word
        assert len(word) <= MAX_LENGTH + 2
        assert not any(character.isspace() for character in word)
