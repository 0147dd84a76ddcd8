"""Which method of an API answers: API Gateway's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.local_aws.template.api import Api, Route, match

API = Api(
    "Api",
    "abc",
    "prod",
    (
        Route("/", "ANY", "root", streamed=True),
        Route("/{proxy+}", "ANY", "proxy", streamed=True),
        Route("/pages/{name}", "GET", "page", streamed=False),
        Route("/pages/index", "GET", "index", streamed=False),
        Route("/pages/{rest+}", "GET", "pages", streamed=False),
    ),
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "", "root", {}),
        ("POST", "/", "root", {}),
        ("GET", "/search", "proxy", {"proxy": "search"}),
        ("GET", "/a/b%20c/", "proxy", {"proxy": "a/b c/"}),
        ("GET", "/pages/one", "page", {"name": "one"}),
        ("GET", "/pages/index", "index", {}),
        ("GET", "/pages/one/two", "pages", {"rest": "one/two"}),
        ("DELETE", "/pages/index", "proxy", {"proxy": "pages/index"}),
    ],
)
def test_the_most_specific_route_answers(method: str, path: str, function: str, parameters: dict[str, str]) -> None:
    found = match(API, method=method, path=path)
    assert found is not None
    assert (found.route.function, found.parameters) == (function, parameters)


def test_a_path_without_a_route_has_no_match() -> None:
    only = Api("Api", "abc", "prod", (Route("/health", "GET", "f", streamed=False),))
    assert match(only, method="GET", path="/other") is None
    assert match(only, method="POST", path="/health") is None
    assert match(only, method="GET", path="/health/more") is None


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="/%{}"), min_size=1), min_size=1))
def test_a_greedy_part_takes_the_whole_rest_of_the_path(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    greedy = Api("Api", "abc", "prod", (Route("/{proxy+}", "ANY", "f", streamed=True),))
    found = match(greedy, method="GET", path=path)
    assert found is not None
    assert found.parameters == {"proxy": "/".join(parts)}
