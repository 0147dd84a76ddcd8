"""A publisher learns what the function reads: from /health, else from the stack's outputs."""

from collections.abc import Mapping
from typing import Any

import pytest

from athenaeum.action.smoke.callers import Reply
from athenaeum.action.smoke.readers import readers_of


class Health:
    """What /health answers, one after the other; the last for good."""

    def __init__(self, *answers: tuple[int, Mapping[str, Any]]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, route: str, body: Mapping[str, object] | None = None) -> Reply:
        assert (route, body) == ("health", None)
        self.asked += 1
        status, found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Reply(status, found, 1.0)


def formats_of(health: Health, *, stated: str = "", writes: int = 1) -> tuple[int, ...]:
    outputs = {"APIEndpoint": "http://nowhere/", **({"IndexFormats": stated} if stated else {})}
    return readers_of(outputs, ask=health, writes=writes, sleep=lambda _: None).formats


def test_health_says_what_is_read_with_and_without_an_index() -> None:
    assert formats_of(Health((200, {"formats": [1, 2]}))) == (1, 2)
    assert formats_of(Health((503, {"formats": [1], "error": {"code": "index_format"}}))) == (1,)


def test_where_nobody_answers_the_stack_says_it() -> None:
    assert formats_of(Health((0, {})), stated="1,2") == (1, 2)
    assert formats_of(Health((403, {"formats": [9]})), stated="1,2") == (1, 2)


def test_a_stack_of_a_version_that_said_nothing_reads_format_one() -> None:
    assert formats_of(Health((200, {"release": "x", "version": "0.1.0"}))) == (1,)
    assert readers_of({}).formats == (1,)


def test_instances_of_the_version_before_are_given_a_moment() -> None:
    health = Health((200, {"formats": [1]}), (200, {"formats": [1]}), (200, {"formats": [1, 2]}))
    assert formats_of(health, stated="1,2", writes=2) == (1, 2)
    assert health.asked == 3


def test_a_function_that_stays_behind_is_believed_after_a_while() -> None:
    assert formats_of(Health((200, {"formats": [1]})), stated="1,2", writes=2) == (1,)


@pytest.mark.parametrize("formats", ["1", [], ["1"], [True], {"a": 1}, None, [10**9]])
def test_an_answer_of_another_kind_is_no_answer(formats: object) -> None:
    assert formats_of(Health((200, {"formats": formats})), stated="1,2") == (1, 2)
