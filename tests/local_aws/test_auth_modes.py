"""The gateway lets through whom it should: the real authorizer under the emulator, API keys, and signatures of IAM."""

import json
from typing import Any

import pytest
from guarded_stack import CHALLENGE, CUSTOM, guarded
from local_issuer import LocalIssuer
from local_stack import Answer, LocalAws, ask

from athenaeum.local_aws import client


@pytest.fixture(scope="module")
def oauth(aws: LocalAws, issuer: LocalIssuer, assets: dict[str, bytes]) -> dict[str, Any]:
    """`/` is open, everything below it asks for a token."""
    return aws.deploy("OAuth", guarded(issuer.address, AtProxy=CUSTOM), **assets)


def bearing(endpoint: str, token: str) -> Answer:
    return ask(f"{endpoint}/search", headers={"Authorization": f"Bearer {token}"})


def test_a_valid_token_reaches_the_function_and_its_subject_too(oauth: dict[str, Any], issuer: LocalIssuer) -> None:
    answer = bearing(oauth["endpoint"], issuer.token())
    assert answer.status == 200, answer.body
    context = json.loads(answer.json["headers"]["x-amzn-request-context"])
    assert context["authorizer"]["principalId"] == "reader"


def test_other_tokens_are_refused_with_the_way_to_the_issuer(oauth: dict[str, Any], issuer: LocalIssuer) -> None:
    stranger = LocalIssuer()
    stranger.close()
    refused = {
        "none": ask(f"{oauth['endpoint']}/search"),
        "expired": bearing(oauth["endpoint"], issuer.token(exp=1)),
        "audience": bearing(oauth["endpoint"], issuer.token(aud="others")),
        "issuer": bearing(oauth["endpoint"], issuer.token(iss="https://evil.example")),
        "key": bearing(oauth["endpoint"], stranger.token(iss=issuer.address)),
        "garbage": bearing(oauth["endpoint"], "a.b.c"),
    }
    for name, answer in refused.items():
        assert answer.status == 401, name
        assert answer.headers["WWW-Authenticate"] == CHALLENGE.strip("'"), name
        assert answer.json["error"]["type"] == "authentication_error", name


def test_what_is_open_needs_no_token(oauth: dict[str, Any]) -> None:
    assert ask(f"{oauth['endpoint']}/").status == 200


def test_what_the_authorizer_said_is_kept_and_its_keys_are_fetched_once(
    aws: LocalAws, oauth: dict[str, Any], issuer: LocalIssuer
) -> None:
    token = issuer.token(sub="often")
    bearing(oauth["endpoint"], token)
    before = {each["logical_id"]: each["invocations"] for each in aws.stack("OAuth")["functions"]}
    assert [bearing(oauth["endpoint"], token).status for _ in range(3)] == [200] * 3
    after = {each["logical_id"]: each["invocations"] for each in aws.stack("OAuth")["functions"]}
    assert after["Check"] == before["Check"]
    assert after["Server"] == before["Server"] + 3
    # One fetch for each instance, of which there are a few at most.
    assert issuer.asked.count("/keys") <= 3


def test_an_authorizer_that_fails_lets_nobody_in(aws: LocalAws, assets: dict[str, bytes], issuer: LocalIssuer) -> None:
    template = guarded(issuer.address, AtProxy=CUSTOM)
    template["Resources"]["Check"]["Properties"]["Handler"] = "nothing.here"
    stack = aws.deploy("Broken", template, **assets)
    answer = bearing(stack["endpoint"], issuer.token())
    assert answer.status == 500
    assert "nothing" not in answer.body.decode()
    aws.delete("Broken")


def test_a_key_is_asked_for_and_has_a_quota(aws: LocalAws, assets: dict[str, bytes], issuer: LocalIssuer) -> None:
    template = guarded(issuer.address, AtProxy={"ApiKeyRequired": True})
    template["Outputs"]["Key"] = {"Value": {"Ref": "Key"}}
    stack = aws.deploy("Keyed", template, **assets)
    # As the documentation says: by the AWS API, from the id in the outputs.
    key = aws.client("apigateway").get_api_key(apiKey=stack["outputs"]["Key"], includeValue=True)["value"]
    where = f"{stack['endpoint']}/search"
    assert ask(f"{stack['endpoint']}/").status == 200
    assert ask(where).status == 403
    assert ask(where, headers={"x-api-key": f"{key}x"}).status == 403
    assert [ask(where, headers={"X-Api-Key": key}).status for _ in range(4)] == [200, 200, 200, 429]
    aws.delete("Keyed")
    assert stack["outputs"]["Key"] not in {each["id"] for each in aws.client("apigateway").get_api_keys()["items"]}


def signed(url: str, key: str, secret: str, *, method: str = "GET", body: bytes = b"") -> dict[str, str]:
    """The headers of a request, signed by AWS's own library."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(Credentials(key, secret), "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_a_signature_is_verified(aws: LocalAws, assets: dict[str, bytes], issuer: LocalIssuer) -> None:
    stack = aws.deploy("Signed", guarded(issuer.address, AtProxy={"AuthorizationType": "AWS_IAM"}), **assets)
    iam = aws.client("iam")
    iam.create_user(UserName="reader")
    made = iam.create_access_key(UserName="reader")["AccessKey"]
    where = f"{stack['endpoint']}/search/a%20b?q=two%20words&limit=3"
    pair = (made["AccessKeyId"], made["SecretAccessKey"])
    assert ask(where, headers=signed(where, *pair)).status == 200
    own = client.access_key(aws.home)
    assert ask(where, headers=signed(where, own.id, own.secret)).status == 200
    assert ask(where, headers=signed(where, "local", "local")).status == 403
    post = signed(where, *pair, method="POST", body=b'{"query": "x"}')
    assert ask(where, method="POST", body=b'{"query": "x"}', headers=post).status == 200
    refused = {
        "unsigned": ask(where),
        "another body": ask(where, method="POST", body=b'{"query": "y"}', headers=post),
        "another secret": ask(where, headers=signed(where, pair[0], "other")),
        "another key": ask(where, headers=signed(where, "AKIAUNKNOWN", pair[1])),
        "another path": ask(f"{stack['endpoint']}/chat", headers=signed(where, *pair)),
        "bearer": ask(where, headers={"Authorization": f"Bearer {issuer.token()}"}),
    }
    assert {name: answer.status for name, answer in refused.items()} == dict.fromkeys(refused, 403)
    iam.update_access_key(UserName="reader", AccessKeyId=pair[0], Status="Inactive")
    assert ask(where, headers=signed(where, *pair)).status == 403
    aws.delete("Signed")
