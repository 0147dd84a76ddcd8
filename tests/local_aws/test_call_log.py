"""Every call of the AWS APIs is a line of the log: what a run did can be counted."""

from pathlib import Path

import pytest
from local_stack import LocalAws

from athenaeum.local_aws import places
from athenaeum.local_aws.apis.call_log import operation

SCOPE = "AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/cloudformation/aws4_request, SignedHeaders=host"


@pytest.mark.parametrize(
    ("environ", "form", "noted"),
    [
        ({"HTTP_AUTHORIZATION": SCOPE}, b"Action=DescribeStacks&Version=2010-05-15", "cloudformation DescribeStacks"),
        ({"HTTP_AUTHORIZATION": SCOPE, "HTTP_X_AMZ_TARGET": "A.GetItem"}, b"", "cloudformation GetItem"),
        ({"REQUEST_METHOD": "PUT", "PATH_INFO": "/bucket/a b\nx"}, b"", "- PUT /bucket/a?b?x"),
        ({"REQUEST_METHOD": "POST", "PATH_INFO": "/"}, b"Action=Two%0ALines", "- POST /"),
    ],
)
def test_a_call_is_named_by_service_and_operation(environ: dict[str, str], form: bytes, noted: str) -> None:
    assert operation(environ, form=form) == noted


def lines(path: Path) -> list[str]:
    return [line.partition(" ")[2] for line in path.read_text().splitlines()]


def test_calls_are_noted_with_what_came_back(aws: LocalAws) -> None:
    before = len(lines(places.calls_log(aws.home)))
    aws.client("cloudformation").describe_stacks()
    with pytest.raises(Exception, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName="NoSuchStack")
    aws.client("s3").put_object(
        Bucket=aws.client("s3").create_bucket(Bucket="calls")["Location"][1:], Key="k", Body=b"x"
    )
    new = lines(places.calls_log(aws.home))[before:]
    assert new[:2] == ["cloudformation DescribeStacks 200", "cloudformation DescribeStacks 400"]
    assert any(line.startswith("s3 PUT /calls/k") for line in new)
