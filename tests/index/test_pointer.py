"""What the pointer remembers through publishes and rollbacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index.format.pointer import HISTORY, Entry, Pointer, advance, go_back

releases = st.from_regex(r"[0-9a-f]{20}", fullmatch=True)
texts = st.text(max_size=20).filter(str.isprintable)
entries = st.builds(
    Entry, release=releases, repository=texts, commit=texts, published_at=texts, nonce=texts, withdrawn=st.booleans()
)
pointers = st.builds(
    Pointer,
    release=releases,
    repository=texts,
    commit=texts,
    published_at=texts,
    nonce=texts,
    owner=st.sampled_from(["publisher", "stack"]),
    history=st.lists(entries, max_size=HISTORY).map(tuple),
)


def release(number: int) -> str:
    return f"{number:020x}"


@given(pointers)
def test_a_pointer_survives_its_bytes(pointer: Pointer) -> None:
    assert Pointer.from_bytes(pointer.to_bytes()) == pointer


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_broken_or_of_another_format(data: bytes) -> None:
    with pytest.raises((IndexBrokenError, IndexFormatError)):
        Pointer.from_bytes(data)


@pytest.mark.parametrize("name", ["../../../etc/passwd/00", "", "0" * 19, "0" * 21, "G" * 20, 5, None])
def test_a_release_that_is_no_id_never_becomes_a_path(name: object) -> None:
    import json

    with pytest.raises(IndexBrokenError):
        Pointer.from_bytes(json.dumps({"format": 1, "release": name}).encode())


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_the_history_is_what_was_live_newest_first_each_once(numbers: list[int]) -> None:
    pointer = None
    for number in numbers:
        pointer = advance(pointer, release=release(number))
    assert pointer is not None
    expected: list[int] = []
    for number in reversed(numbers):
        if number not in expected:
            expected.append(number)
    assert pointer.releases() == tuple(release(number) for number in expected[: HISTORY + 1])


@given(st.lists(st.integers(0, 3), min_size=2, max_size=8))
def test_every_write_has_its_own_nonce(numbers: list[int]) -> None:
    pointer, seen = None, set()
    for number in numbers:
        pointer = advance(pointer, release=release(number))
        assert pointer.nonce not in seen
        seen.add(pointer.nonce)


def test_the_same_release_moves_only_the_commit() -> None:
    first = advance(None, release=release(1), commit="a")
    second = advance(first, release=release(1), commit="b")
    assert (second.commit, second.history) == ("b", ())


def test_rolling_back_again_goes_further_back() -> None:
    pointer = None
    for number in (1, 2, 3):
        pointer = advance(pointer, release=release(number))
    assert pointer is not None
    seen = [pointer.release]
    while pointer.previous:
        pointer = go_back(pointer, target=pointer.previous)
        seen.append(pointer.release)
    assert seen == [release(3), release(2), release(1)]
    assert set(pointer.releases()) == {release(1), release(2), release(3)}


def test_going_back_to_a_named_release_withdraws_everything_after_it() -> None:
    pointer = None
    for number in (1, 2, 3, 4):
        pointer = advance(pointer, release=release(number))
    assert pointer is not None
    target = next(entry for entry in pointer.history if entry.release == release(2))
    back = go_back(pointer, target=target)
    assert {entry.release: entry.withdrawn for entry in back.history} == {
        release(4): True,
        release(3): True,
        release(1): False,
    }


def test_a_withdrawn_release_can_be_named_and_then_is_live_without_withdrawing_the_other() -> None:
    first = advance(advance(None, release=release(1)), release=release(2))
    assert first.previous
    back = go_back(first, target=first.previous)
    forth = go_back(back, target=back.history[0])
    assert forth.release == release(2)
    assert forth.previous
    assert forth.previous.release == release(1)


def test_a_publisher_recognises_its_write_even_after_others_followed() -> None:
    mine = advance(None, release=release(1))
    later = advance(advance(mine, release=release(2)), release=release(3))
    assert later.has_seen(mine.nonce)
    assert not later.has_seen("another")
