"""The AWS APIs of the embedded AWS answer to the credentials of its owner, and to no page."""

import time
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from local_stack import LocalAws, ask

from athenaeum.deployment.targets import local_environment
from athenaeum.local_aws import client
from athenaeum.local_aws.http import signatures
from athenaeum.local_aws.http.events import Request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DESCRIBE = b"Action=DescribeStacks&Version=2010-05-15"


@pytest.fixture(scope="module")
def apis(aws: LocalAws) -> str:
    return str(aws.status["aws_endpoint_url"])


def strangers(aws: LocalAws, service: str, **access: Any) -> Any:
    """A client with credentials that are not the owner's, or with what is said of them."""
    known = {"aws_access_key_id": "local", "aws_secret_access_key": "local", **access}
    return boto3.client(service, endpoint_url=aws.status["aws_endpoint_url"], region_name="us-east-1", **known)


def test_nothing_is_answered_without_a_signature(apis: str) -> None:
    asked = {
        "a form": ask(apis, method="POST", body=DESCRIBE, headers=FORM),
        "an address": ask(f"{apis}/?{DESCRIBE.decode()}"),
        "a listing": ask(f"{apis}/"),
        "an object": ask(f"{apis}/assets/code.zip"),
        "a write": ask(f"{apis}/assets/code.zip", method="PUT", body=b"x"),
        "a table": ask(apis, method="POST", body=b"{}", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        "moto's own": ask(f"{apis}/moto-api/reset", method="POST", body=b""),
        "moto's data": ask(f"{apis}/moto-api/data.json"),
        "the instance's": ask(f"{apis}/latest/meta-data/iam/security-credentials/"),
        "a role for a word": ask(
            apis,
            method="POST",
            headers=FORM,
            body=b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/x"
            b"&RoleSessionName=x&WebIdentityToken=x",
        ),
        "a preflight": ask(f"{apis}/assets", method="OPTIONS"),
        "the first signature there was": ask(f"{apis}/assets/x?AWSAccessKeyId=local&Signature=x&Expires=9999999999"),
    }
    assert {name: answer.status for name, answer in asked.items()} == dict.fromkeys(asked, 403)
    for name, answer in asked.items():
        assert "athenaeum local env" in answer.body.decode(), name
        assert not [key for key in answer.headers if key.lower().startswith("access-control-")], name


def test_a_form_of_a_browser_uploads_nothing_even_with_a_policy(aws: LocalAws, apis: str) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="uploads")
    policy = s3.generate_presigned_post("uploads", "key")
    lines = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in policy["fields"].items()]
    body = "".join([*lines, '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n']).encode()
    answer = ask(policy["url"], method="POST", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 403
    assert "Contents" not in s3.list_objects_v2(Bucket="uploads")


def test_credentials_of_another_embedded_aws_are_refused_in_the_words_of_aws(aws: LocalAws) -> None:
    own = client.access_key(aws.home)
    for code, access in {
        "InvalidClientTokenId": {},
        "SignatureDoesNotMatch": {"aws_access_key_id": own.id},
    }.items():
        for service, call in {
            "cloudformation": lambda made: made.describe_stacks(),
            "s3": lambda made: made.list_buckets(),
            "dynamodb": lambda made: made.list_tables(),
            "lambda": lambda made: made.list_functions(),
        }.items():
            with pytest.raises(ClientError) as caught:
                call(strangers(aws, service, **access))
            assert caught.value.response["Error"]["Code"] == code, service
            assert "athenaeum local env" in str(caught.value), service


def test_what_the_owners_clients_do_passes(aws: LocalAws, tmp_path: Any) -> None:
    from athenaeum.index.store.s3 import open_store

    s3 = aws.client("s3")
    s3.create_bucket(Bucket="passes")
    # Names that are written in more than one way on the wire.
    for key in ("plain", "a b/ü+c&d=e", "x/../y", "tilde~(1)*'!", "%41"):
        s3.put_object(Bucket="passes", Key=key, Body=b"x" * 10, ContentType="text/plain", Metadata={"a": "b  c"})
        assert s3.get_object(Bucket="passes", Key=key)["Body"].read() == b"x" * 10, key
    assert s3.list_objects_v2(Bucket="passes", Prefix="a b/", Delimiter="/", MaxKeys=2)["KeyCount"] == 1
    large = b"y" * (9 * 1024 * 1024)
    (tmp_path / "large").write_bytes(large)
    s3.upload_file(str(tmp_path / "large"), "passes", "large")
    own = client.access_key(aws.home)
    access = {"aws_access_key_id": own.id, "aws_secret_access_key": own.secret}
    newest = strangers(aws, "s3", config=Config(signature_version="s3v4"), **access)
    presigned = newest.generate_presigned_url("get_object", Params={"Bucket": "passes", "Key": "a b/ü+c&d=e"})
    assert ask(presigned).body == b"x" * 10
    assert ask(f"{presigned}&versionId=1").status == 403
    assert ask(presigned.replace("passes", "uploads")).status == 403
    store = open_store("s3://passes/index/", environ=local_environment(aws.home))
    store.put("a file.json", b"{}")
    assert store.get("a file.json").data == b"{}"
    with pytest.raises(ClientError, match="NotFound"):
        aws.client("lambda").get_function(FunctionName="arn:aws:lambda:us-east-1:123456789012:function:no")


def test_a_role_that_was_assumed_may_call_and_one_that_was_not_may_not(aws: LocalAws) -> None:
    role = aws.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/cdk", RoleSessionName="somebody")
    given = role["Credentials"]
    access = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    assert strangers(aws, "s3", **access, aws_session_token=given["SessionToken"]).list_buckets()["Buckets"]
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        strangers(aws, "s3", **{**access, "aws_access_key_id": "ASIAAAAAAAAAAAAAAAAA"}).list_buckets()


def test_each_start_makes_its_own_credentials(aws: LocalAws, tmp_path: Any) -> None:
    from athenaeum.local_aws.credentials import make_access_key

    made = {make_access_key().secret for _ in range(20)} | {make_access_key().id for _ in range(20)}
    assert len(made) == 40
    own = client.access_key(aws.home)
    assert own.secret not in repr(own)
    assert own.secret not in str(aws.status)


SECRET = "s" * 40


def signed(method: str, url: str, body: bytes, service: str, headers: dict[str, str], *, query: bool) -> Request:
    """A request that AWS's own library has signed, as a server finds it on the wire."""
    from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth

    asked = AWSRequest(method=method, url=url, data=body, headers=headers)
    pair = Credentials("AKIATEST", SECRET)
    if query:
        (S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth)(pair, service, "eu-west-1").add_auth(asked)
    else:
        (S3SigV4Auth if service == "s3" else SigV4Auth)(pair, service, "eu-west-1").add_auth(asked)
    prepared = asked.prepare()
    path, _, rest = prepared.url.removeprefix("http://localhost:4000").partition("?")
    fields = [(name, str(value)) for name, value in prepared.headers.items()]
    return Request(method, path, rest, [("Host", "localhost:4000"), *fields], body)


WORDS = st.text("aZ0-_.~ +/=&%ü", max_size=8)


@given(
    words=st.lists(WORDS, max_size=3),
    values=st.dictionaries(st.text("abc-", min_size=1, max_size=4), WORDS, max_size=3),
    body=st.binary(max_size=20),
    service=st.sampled_from(["s3", "cloudformation", "lambda"]),
    query=st.booleans(),
)
def test_what_aws_own_library_signs_is_right_and_every_change_of_it_is_wrong(
    words: list[str], values: dict[str, str], body: bytes, service: str, query: bool
) -> None:
    from urllib.parse import quote, urlencode

    path = "/".join(quote(word, safe="") for word in ["x", *words] if word not in ("", ".", ".."))
    url = f"http://localhost:4000/{path}" + (f"?{urlencode(values, quote_via=quote)}" if values else "")
    # The library takes the body of what it presigns for parameters.
    body = b"" if query else body
    request = signed("PUT", url, body, service, {"X-Amz-Meta-A": " b  c "}, query=query)

    def known(key: str) -> str:
        return SECRET if key == "AKIATEST" else ""

    def fault(changed: Request) -> str:
        return signatures.fault(changed, secrets=known)

    assert fault(request) == ""
    assert fault(replace(request, method="GET")) == signatures.MISMATCH
    assert fault(replace(request, path=f"{request.path}x")) == signatures.MISMATCH
    assert fault(replace(request, query=f"{request.query}&x=y".lstrip("&"))) == signatures.MISMATCH
    assert fault(replace(request, headers=[("Host", "evil.example"), *request.headers[1:]])) == signatures.MISMATCH
    assert signatures.fault(request, secrets=lambda _key: "other") == signatures.MISMATCH
    assert signatures.fault(request, secrets=lambda _key: "") == signatures.UNKNOWN
    later = time.time() + 3700
    assert signatures.fault(request, secrets=known, clock=lambda: later) == signatures.EXPIRED
    if service == "cloudformation" and not query:
        assert fault(replace(request, body=body + b"x")) == signatures.MISMATCH
