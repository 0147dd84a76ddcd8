"""The authorizer of API Gateway: the same matrix of attacks, in both shapes of its events."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import athenaeum.oauth_authorizer as entry
from athenaeum.server.http.tokens import TokenVerifier

# Beside the tests, so that they share one matrix.
sys.path.insert(0, str(Path(__file__).parent))

from token_attacks import ATTACKS, AUDIENCE, ISSUER, Issuer, token

ARN = "arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/POST/search"


@pytest.fixture(autouse=True)
def issuer(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """The keys without a network."""
    issuer = Issuer()
    monkeypatch.setattr(entry, "_verifiers", [TokenVerifier(ISSUER, AUDIENCE, fetch=issuer)])
    return issuer


def by_token(header: str) -> dict[str, Any]:
    return {"type": "TOKEN", "methodArn": ARN, "authorizationToken": header}


def by_request(*headers: str, name: str = "Authorization") -> dict[str, Any]:
    many = {name: list(headers)} if headers else {}
    return {"type": "REQUEST", "methodArn": ARN, "headers": {}, "multiValueHeaders": many}


@pytest.mark.parametrize("make", [by_token, by_request])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_becomes_the_one_word_that_api_gateway_answers_with_401(make: Any, name: str) -> None:
    with pytest.raises(Exception) as caught:
        entry.handler(make(ATTACKS[name]), None)
    assert str(caught.value) == "Unauthorized"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("make", [by_token, by_request])
def test_a_valid_token_opens_the_whole_stage_and_no_other(make: Any) -> None:
    said = entry.handler(make(f"Bearer {token()}"), None)
    assert said["principalId"] == "someone"
    (statement,) = said["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    # API Gateway keeps the policy for every address of the stage.
    assert statement["Resource"] == "arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/*"


def test_the_header_is_found_by_any_spelling_of_its_name() -> None:
    assert entry.handler(by_request(f"Bearer {token()}", name="authorization"), None)["principalId"] == "someone"


def test_two_headers_are_none() -> None:
    for headers in ((f"Bearer {token()}", "Bearer x"), ("Bearer x", f"Bearer {token()}"), ()):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            entry.handler(by_request(*headers), None)


@pytest.mark.parametrize("arn", ["", "arn:aws:s3:::bucket/key", "arn:aws:execute-api:r:1:api"])
def test_an_address_that_is_none_opens_nothing(arn: str) -> None:
    said = entry.handler({**by_token(f"Bearer {token()}"), "methodArn": arn}, None)
    assert said["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_keys_are_fetched_once_for_all_invocations_of_an_instance(issuer: Issuer) -> None:
    for number in range(5):
        entry.handler(by_token(f"Bearer {token(sub=str(number))}"), None)
    assert len(issuer.asked) == 2


def test_an_issuer_that_is_away_is_no_refusal(issuer: Issuer) -> None:
    issuer.away = True
    with pytest.raises(Exception, match="cannot be read now") as caught:
        entry.handler(by_token(f"Bearer {token()}"), None)
    assert str(caught.value) != "Unauthorized"


def test_a_cold_start_imports_no_server() -> None:
    code = (
        "import sys, athenaeum.oauth_authorizer\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in "
        "('athenaeum', 'starlette', 'fastapi', 'pydantic', 'numpy', 'boto3', 'jwt')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        [
            f"athenaeum{name}"
            for name in (
                "",
                ".errors",
                ".oauth_authorizer",
                ".server",
                ".server.http",
                ".server.http.fetching",
                ".server.http.keys",
                ".server.http.tokens",
                ".settings",
            )
        ]
    )
