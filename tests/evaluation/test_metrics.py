"""Measures worked out by hand. Definitions: Manning and others (2008) chapter 8; Järvelin and Kekäläinen (2002)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.evaluation.metrics import hit, mean, measures, ndcg, recall, reciprocal_rank

RANKS = st.lists(st.integers(0, 15), min_size=1, max_size=6)


def test_recall_is_the_share_of_targets_found_in_time() -> None:
    # Four targets at ranks 1, 3, 7 and not at all: two of four by rank 5, three by rank 10.
    assert recall([1, 3, 7, 0], k=5) == 0.5
    assert recall([1, 3, 7, 0], k=10) == 0.75


def test_a_hit_is_any_target_in_time() -> None:
    assert hit([0, 4], k=3) == 0.0
    assert hit([0, 4], k=5) == 1.0


def test_the_reciprocal_rank_is_that_of_the_first_target_found() -> None:
    assert reciprocal_rank([4, 2, 0]) == 0.5
    assert reciprocal_rank([0, 0]) == 0.0
    assert reciprocal_rank([11]) == 0.0
    assert reciprocal_rank([4], k=3) == 0.0


def test_ndcg_of_one_target_is_one_over_the_logarithm_of_its_rank() -> None:
    assert ndcg([1], grades=[3]) == 1.0
    assert ndcg([3], grades=[1]) == pytest.approx(1 / math.log2(4))


def test_ndcg_weighs_grades_by_hand() -> None:
    # Grade 3 (gain 7) at rank 2, grade 1 (gain 1) at rank 1.
    # DCG = 1/log2(2) + 7/log2(3) = 1 + 4.416508 = 5.416508; ideal = 7 + 1/log2(3) = 7.630930.
    assert ndcg([2, 1], grades=[3, 1]) == pytest.approx(5.416508 / 7.630930, abs=1e-6)


def test_two_targets_in_one_result_count_as_its_best() -> None:
    # One result holds both: gain 7 at rank 1; ideal = 7 + 7/log2(3) = 11.416508.
    assert ndcg([1, 1], grades=[3, 3]) == pytest.approx(7 / 11.416508, abs=1e-6)


def test_the_mean_has_an_interval_that_is_the_same_every_time() -> None:
    value = mean([0.0, 1.0, 1.0, 1.0] * 25)
    assert value.value == 0.75
    assert value == mean([0.0, 1.0, 1.0, 1.0] * 25)
    # The standard error of 100 draws at p = .75 is .0433; 1.96 of it is .085.
    assert value.low == pytest.approx(0.665, abs=0.02)
    assert value.high == pytest.approx(0.835, abs=0.02)


def test_no_questions_have_no_mean() -> None:
    assert mean([]).value == 0.0


@given(RANKS)
def test_every_measure_lies_between_0_and_1(ranks: list[int]) -> None:
    found = measures(ranks, grades=[3] * len(ranks))
    assert all(0 <= value <= 1 + 1e-9 for value in found.values())
    assert found["hit@1"] <= found["hit@3"] <= found["hit@5"]
    assert found["recall@5"] <= found["recall@10"]


@given(RANKS, st.integers(0, 5))
def test_a_better_rank_never_lowers_a_measure(ranks: list[int], which: int) -> None:
    at = which % len(ranks)
    better = [*ranks[:at], max(1, ranks[at] - 1) if ranks[at] else 10, *ranks[at + 1 :]]
    if better[at] in ranks:
        return
    old, new = (measures(some, grades=[2] * len(ranks)) for some in (ranks, better))
    assert all(new[name] >= old[name] - 1e-9 for name in old)
