"""The fusion of lexical and dense scores."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.retrieval.ranking import DEFAULT, boosts_for, fuse, pool

SCORES = st.lists(st.floats(0, 50, width=32), min_size=1, max_size=20)


def array(values: list[float]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.array(values, dtype=np.float32)


def test_a_chunk_scores_mostly_as_its_best_passage() -> None:
    ranking = replace(DEFAULT, best=0.75)
    pooled = pool(array([0.2, 0.6, 0.4]), counts=np.array([2, 0, 1]), ranking=ranking)
    assert np.allclose(pooled, [0.75 * 0.6 + 0.25 * 0.4, 0.0, 0.4])


def test_scores_are_fused_as_shares_of_their_best() -> None:
    fused = fuse(array([10, 5, 0]), array([0.3, 0.6, -0.2]), ranking=replace(DEFAULT, dense=0.4))
    assert np.allclose(fused, [0.6 + 0.2, 0.3 + 0.4, 0.0])


def test_what_only_one_side_knows_keeps_its_order() -> None:
    assert np.argsort(-fuse(array([0, 0, 0]), array([0.1, 0.3, 0.2]), ranking=DEFAULT)).tolist() == [1, 2, 0]
    assert np.argsort(-fuse(array([1, 3, 2]), array([0, 0, 0]), ranking=DEFAULT)).tolist() == [1, 2, 0]


@given(SCORES, st.integers(1, 100))
def test_the_order_does_not_depend_on_the_scale_of_either_side(lexical: list[float], factor: int) -> None:
    dense = array([value % 1 for value in lexical])
    one = fuse(array(lexical), dense, ranking=DEFAULT)
    other = fuse(array(lexical) * np.float32(factor), dense, ranking=DEFAULT)
    assert np.allclose(one, other, atol=1e-4)
    assert one.max() <= 1 + 1e-6
    assert one.min() >= 0


def test_identifiers_count_more_when_the_query_is_nothing_else() -> None:
    for query in ("create_app", "--chunk-size", "kebab-case"):
        raised = boosts_for(query, DEFAULT)
        assert raised["identifier"] > DEFAULT.boosts["identifier"]
        assert raised["body"] == DEFAULT.boosts["body"]
    for query in ("", "install", "how does create_app work"):
        assert boosts_for(query, DEFAULT) == DEFAULT.boosts
