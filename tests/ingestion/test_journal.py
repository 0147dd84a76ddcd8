"""Vectors that were paid for survive a kill; nothing damaged is ever taken for a vector."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.ingestion.journal import Journal

KEYS = [bytes([number]) * 32 for number in range(5)]
ROWS = [np.full((number + 1, 4), number + 0.5, dtype=np.float32) for number in range(5)]


def write(path: Path, encoder: str = "e") -> bytes:
    with Journal(path, encoder=encoder, dimension=4) as journal:
        for key, rows in zip(KEYS, ROWS, strict=True):
            journal.add(key, rows)
    return path.read_bytes()


def test_what_was_added_is_known_next_time_and_goes_when_removed(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with Journal(tmp_path / "j", encoder="e", dimension=4) as journal:
        assert list(journal.known) == KEYS
        for key, rows in zip(KEYS, ROWS, strict=True):
            np.testing.assert_array_equal(journal.known[key], rows)
    journal.remove()
    journal.remove()
    assert not (tmp_path / "j").exists()


def test_another_encoders_journal_is_started_over(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with Journal(tmp_path / "j", encoder="other", dimension=4) as journal:
        assert journal.known == {}
    with Journal(tmp_path / "j", encoder="other", dimension=8) as journal:
        assert journal.known == {}


@settings(max_examples=60)
@given(data=st.data())
def test_a_torn_or_damaged_tail_costs_only_the_records_in_it(tmp_path_factory: object, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("j") / "j"  # type: ignore[attr-defined]
    whole = write(path)
    cut = data.draw(st.integers(0, len(whole)))
    damaged = bytearray(whole[:cut])
    if damaged and data.draw(st.booleans()):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 0x55
    path.write_bytes(damaged)
    with Journal(path, encoder="e", dimension=4) as journal:
        kept = list(journal.known)
        assert kept == KEYS[: len(kept)]
        for key, rows in journal.known.items():
            np.testing.assert_array_equal(rows, ROWS[KEYS.index(key)])
        journal.add(b"x" * 32, ROWS[0])
    with Journal(path, encoder="e", dimension=4) as journal:
        assert list(journal.known) == [*kept, b"x" * 32]
