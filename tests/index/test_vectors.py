"""The vectors file: what is written is what is found, in one order, on every machine."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index.format.vectors import Floats, Vectors, open_vectors, quantise, write_vectors


def unit(count: int, dimension: int = 384, seed: int = 0) -> Floats:
    drawn = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def stored(path: Path, matrix: Floats, each: int = 3) -> Vectors:
    write_vectors(path, matrix, [row // each for row in range(len(matrix))], [row % each for row in range(len(matrix))])
    return open_vectors(path)


def test_the_nearest_vectors_come_first_with_their_products(tmp_path: Path) -> None:
    matrix = unit(2000)
    vectors = stored(tmp_path / "v", matrix)
    query = (matrix[7] + 0.8 * matrix[900]) / np.linalg.norm(matrix[7] + 0.8 * matrix[900])
    rows, scores = vectors.search(query, 2)
    assert rows.tolist() == [7, 900]
    assert np.abs(scores - matrix[rows] @ query).max() < 0.007
    assert np.abs(vectors.scores(query, rows) - matrix[rows] @ query).max() < 0.007


def test_storing_loses_less_than_half_a_hundredth_of_a_cosine(tmp_path: Path) -> None:
    matrix = unit(500)
    kept = stored(tmp_path / "v", matrix).vectors(slice(None))
    assert np.abs(kept @ matrix[:50].T - matrix @ matrix[:50].T).max() < 0.005


def test_what_was_read_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    vectors = stored(tmp_path / "one", unit(100, 24))
    write_vectors(tmp_path / "two", vectors.vectors(slice(None)), vectors.owners, vectors.kinds)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_vector_is_stored_alike_whatever_stands_beside_it() -> None:
    matrix = unit(50, 16)
    assert (quantise(matrix)[:5] == quantise(matrix[:5])).all()


def test_ties_are_broken_by_row(tmp_path: Path) -> None:
    same = np.repeat(unit(1), 40, axis=0)
    rows, _ = stored(tmp_path / "v", same).search(same[0], 40)
    assert rows.tolist() == list(range(40))


def test_a_range_of_rows_limits_the_search(tmp_path: Path) -> None:
    matrix = unit(300)
    rows, _ = stored(tmp_path / "v", matrix).search(matrix[5], 10, within=range(100, 130))
    assert len(rows) == 10
    assert all(100 <= row < 130 for row in rows)
    assert stored(tmp_path / "v", matrix).search(matrix[5], 10, within=range(5, 5))[0].tolist() == []


def test_the_rows_of_chunks_are_found(tmp_path: Path) -> None:
    vectors = stored(tmp_path / "v", unit(30, 8))
    assert vectors.rows_of(2) == range(6, 9)
    assert vectors.rows_within(range(1, 3)) == range(3, 9)
    rows, counts = vectors.rows_of_all(np.array([4, 1, 99]))
    assert rows.tolist() == [12, 13, 14, 3, 4, 5]
    assert counts.tolist() == [3, 3, 0]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 40), dimension=st.integers(1, 70), limit=st.integers(0, 60), seed=st.integers(0, 9))
def test_every_size_is_searched_in_full_order(
    tmp_path_factory: pytest.TempPathFactory, count: int, dimension: int, limit: int, seed: int
) -> None:
    vectors = stored(tmp_path_factory.mktemp("v") / "v", unit(count, dimension, seed))
    rows, scores = vectors.search(unit(1, dimension, seed + 1)[0], limit)
    assert len(rows) == min(limit, count) == len(set(rows.tolist()))
    assert (np.diff(scores) <= 0).all()


def test_no_vectors_at_all_are_fine(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v", np.empty((0, 8), dtype=np.float32), [], [])
    assert open_vectors(tmp_path / "v").search(unit(1, 8)[0], 5)[0].tolist() == []


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="owners"):
        write_vectors(tmp_path / "v", unit(3, 8), [0, 1], [0, 0])
    with pytest.raises(ValueError, match="ascend"):
        write_vectors(tmp_path / "v", unit(2, 8), [1, 0], [0, 0])
    with pytest.raises(ValueError, match="finite"):
        write_vectors(tmp_path / "v", np.full((1, 8), np.nan, dtype=np.float32), [0], [0])


@pytest.mark.parametrize("damage", [b"", b"other\n", b"athenaeum vectors 1\n{}\n", None])
def test_absent_and_damaged_files_are_named_as_such(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "v"
    with pytest.raises(IndexNotFoundError):
        open_vectors(path)
    write_vectors(path, unit(5, 8), [0, 0, 1, 1, 2], [0] * 5)
    path.write_bytes(path.read_bytes()[:-3] if damage is None else damage)
    with pytest.raises(IndexBrokenError):
        open_vectors(path)
