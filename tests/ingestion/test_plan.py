"""The plan of a build names every page once."""

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.ingestion.plan import Plan, plan_changes

PAGES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("1234"))


def test_each_kind_of_change_is_named() -> None:
    before = {"same": "1", "edited": "2", "gone": "3", "old": "4"}
    after = {"same": "1", "edited": "9", "new": "5", "moved": "4"}
    assert plan_changes(before, after) == Plan(
        added=("new",), changed=("edited",), removed=("gone",), renamed=(("old", "moved"),), unchanged=("same",)
    )


def test_copies_that_move_are_paired_in_order() -> None:
    plan = plan_changes({"a": "1", "b": "1", "c": "1"}, {"x": "1", "y": "1"})
    assert plan.renamed == (("a", "x"), ("b", "y"))
    assert plan.removed == ("c",)
    assert plan.added == ()


@given(before=PAGES, after=PAGES)
def test_the_plan_turns_one_set_into_the_other(before: dict[str, str], after: dict[str, str]) -> None:
    plan = plan_changes(before, after)
    made = dict(before)
    for path in plan.removed:
        del made[path]
    for old, new in plan.renamed:
        assert before[old] == after[new]
        made[new] = made.pop(old)
    for path in (*plan.added, *plan.changed):
        assert (path in before) == (path in plan.changed)
        made[path] = after[path]
    assert made == after
    named = [*plan.added, *plan.changed, *plan.unchanged, *(new for _, new in plan.renamed)]
    assert sorted(named) == sorted(after)
    assert not set(plan.added) & set(plan.removed)


@given(pages=PAGES)
def test_equal_sets_need_nothing(pages: dict[str, str]) -> None:
    assert plan_changes(pages, pages) == Plan(unchanged=tuple(sorted(pages)))
