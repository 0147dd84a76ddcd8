"""The one comment on a pull request, against a server that behaves as GitHub's API does."""

import time
from collections.abc import Iterator

import pytest
from github_server import FakeGitHub, Fault, serve_github

from athenaeum.action.pull_request.comment import LIMIT, keep_comment
from athenaeum.action.step.github import GitHub


@pytest.fixture
def server() -> Iterator[FakeGitHub]:
    with serve_github() as made:
        yield made


def keep(
    server: FakeGitHub,
    page: str,
    *,
    token: str = "job",
    nothing: bool = False,
    name: str = "stack",
    pauses: list[float] | None = None,
) -> str:
    """One run of the step; waiting is noted, not done."""
    noted = [] if pauses is None else pauses
    with GitHub(server.environment, token=token, sleep=noted.append) as github:
        return keep_comment(
            github,
            repository="acme/docs",
            number=7,
            name=name,
            page=page,
            nothing=nothing,
            say=lambda _line: None,
        )


def test_the_comment_is_created_once_and_then_updated(server: FakeGitHub) -> None:
    assert keep(server, "first") == "The comment was created."
    assert keep(server, "second") == "The comment was updated."
    (one,) = server.ours
    assert "second" in one["body"]
    assert "first" not in one["body"]


def test_the_comment_is_found_behind_hundreds_of_others(server: FakeGitHub) -> None:
    server.chatter(250)
    keep(server, "first")
    server.chatter(120)
    keep(server, "second")
    assert len(server.ours) == 1
    assert [path for method, path in server.requests if method == "GET"][-1].endswith("page=3")


def test_a_comment_with_nothing_to_say_any_more_is_hidden_and_shown_again(server: FakeGitHub) -> None:
    keep(server, "an answer fell")
    (one,) = server.ours
    assert "hidden" in keep(server, "nothing", nothing=True)
    assert server.minimised == {one["node_id"]}
    assert "shown again" in keep(server, "an answer fell")
    assert server.minimised == set()
    assert len(server.ours) == 1


def test_with_nothing_to_say_no_comment_is_made(server: FakeGitHub) -> None:
    assert "no comment was made" in keep(server, "nothing", nothing=True)
    assert server.comments == []


def test_a_fork_may_not_comment_and_the_sentence_says_what_to_set(server: FakeGitHub) -> None:
    said = keep(server, "page", token="fork")
    assert "could not be written" in said
    assert "pull-requests: write" in said
    assert server.ours == []


def test_a_refused_token_is_a_sentence_and_no_failure(server: FakeGitHub) -> None:
    assert "401: Bad credentials" in keep(server, "page", token="wrong")


def test_a_copied_mark_in_a_persons_comment_is_not_taken_for_ours(server: FakeGitHub) -> None:
    keep(server, "first")
    copied = server.comments.pop()["body"]
    theirs = server.add(copied, user={"login": "mallory", "type": "User"})
    keep(server, "second")
    assert theirs["body"] == copied
    assert "second" in server.ours[-1]["body"]


def test_a_persons_own_token_finds_that_persons_comment(server: FakeGitHub) -> None:
    server.tokens["mine"] = "maintainer"
    keep(server, "first", token="mine")
    keep(server, "second", token="mine")
    assert len(server.ours) == 1


def test_two_endpoints_of_one_repository_have_a_comment_each(server: FakeGitHub) -> None:
    keep(server, "one", name="docs")
    keep(server, "two", name="handbook")
    keep(server, "three", name="docs")
    assert ["three" in one["body"] for one in server.ours] == [True, False]


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_is_waited_for_as_long_as_it_says(server: FakeGitHub, status: int) -> None:
    server.faults = [Fault("POST", status, {"Retry-After": "7"}, "You have exceeded a secondary rate limit")]
    pauses: list[float] = []
    assert keep(server, "page", pauses=pauses) == "The comment was created."
    assert pauses == [7.0]
    assert len(server.ours) == 1


def test_a_primary_limit_is_waited_for_until_its_reset(server: FakeGitHub) -> None:
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 20)}
    server.faults = [Fault("GET", 403, reset, "API rate limit exceeded")]
    pauses: list[float] = []
    assert keep(server, "page", pauses=pauses) == "The comment was created."
    assert len(pauses) == 1
    assert 1 <= pauses[0] <= 20


def test_a_limit_that_lasts_an_hour_is_not_waited_for(server: FakeGitHub) -> None:
    server.faults = [Fault("GET", 403, {"Retry-After": "3600"}, "You have exceeded a secondary rate limit")]
    pauses: list[float] = []
    assert "could not be written" in keep(server, "page", pauses=pauses)
    assert pauses == []


def test_errors_of_the_server_are_tried_again(server: FakeGitHub) -> None:
    server.faults = [Fault("GET", 502), Fault("GET", 500), Fault("GET")]
    assert keep(server, "page") == "The comment was created."


def test_a_server_that_stays_down_is_a_sentence_and_no_failure(server: FakeGitHub) -> None:
    server.faults = [Fault("GET", 503) for _ in range(20)]
    assert "could not be written" in keep(server, "page")


@pytest.mark.parametrize("fault", [Fault("POST", done=True), Fault("POST", 502, done=True)])
def test_a_comment_whose_answer_was_lost_is_not_written_twice(server: FakeGitHub, fault: Fault) -> None:
    server.faults = [fault]
    keep(server, "page")
    assert len(server.ours) == 1


@pytest.mark.parametrize("fault", [Fault("POST"), Fault("POST", 502)])
def test_a_comment_that_never_arrived_is_written_again(server: FakeGitHub, fault: Fault) -> None:
    server.faults = [fault]
    assert keep(server, "page") == "The comment was created."
    assert len(server.ours) == 1


def test_a_page_beyond_githubs_limit_is_cut_with_its_folds_closed(server: FakeGitHub) -> None:
    keep(server, "<details><summary>much</summary>\n" + "- a line\n" * 10_000 + "</details>\n")
    body = server.ours[0]["body"]
    assert len(body) < LIMIT + 500
    assert body.count("<details>") == body.count("</details>")
    assert "the rest stands in the job's summary" in body


def test_the_token_goes_nowhere_but_to_the_api(server: FakeGitHub) -> None:
    with serve_github() as elsewhere:
        server.chatter(150)
        with GitHub(server.environment, token="job") as github:
            url = server.url
            # What a hostile proxy could do: the next page lies on another host.
            server.url = elsewhere.url
            found = list(github.listed("repos/acme/docs/issues/7/comments"))
            server.url = url
        assert len(found) == 100
        assert elsewhere.requests == []
