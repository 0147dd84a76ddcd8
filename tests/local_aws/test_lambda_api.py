"""Lambda's own API on the embedded AWS: code past CloudFormation, invocations, and the copies a hotswap asks for."""

import json
from typing import Any

import pytest
from local_stack import ASSETS, LAYER, RUN, SERVER, LocalAws, ask, code_zip, stack_template, until, zipped

from athenaeum.local_aws.apis.lambda_api import bucket_deployment

EVENT = {
    "resource": "/{proxy+}",
    "path": "/hello",
    "httpMethod": "GET",
    "headers": {"Host": "localhost"},
    "multiValueHeaders": {"Host": ["localhost"]},
    "requestContext": {"stage": "prod", "path": "/prod/hello", "httpMethod": "GET", "identity": {}},
    "pathParameters": {"proxy": "hello"},
    "isBase64Encoded": False,
}


def test_code_that_is_put_into_a_function_runs_until_the_template_moves_on(aws: LocalAws) -> None:
    stack = aws.deploy("Swapped", stack_template(), **{"code.zip": code_zip(), "layer.zip": LAYER})
    (function,) = stack["functions"]
    assert "swapped" not in ask(f"{stack['endpoint']}/x").json
    other = SERVER.replace('"served": SERVED', '"swapped": True, "served": SERVED')
    aws.client("s3").put_object(Bucket=ASSETS, Key="other.zip", Body=zipped(run_dot_sh=RUN, server_dot_py=other))
    aws.client("lambda").update_function_code(FunctionName=function["name"], S3Bucket=ASSETS, S3Key="other.zip")
    assert until(lambda: "swapped" in ask(f"{stack['endpoint']}/x").json)
    # Memory changes and the code does not: the code stays, as on AWS.
    aws.deploy("Swapped", stack_template(MemorySize=512))
    assert "swapped" in ask(f"{stack['endpoint']}/x").json
    aws.deploy("Swapped", stack_template(code="code3.zip"), **{"code3.zip": code_zip(extra_dot_txt="3")})
    assert "swapped" not in ask(f"{stack['endpoint']}/x").json
    aws.delete("Swapped")


def test_an_invocation_by_api_runs_the_deployed_function(aws: LocalAws, echo: dict[str, Any]) -> None:
    (function,) = echo["functions"]
    answer = aws.client("lambda").invoke(FunctionName=function["name"], Payload=json.dumps(EVENT))
    prelude, _, body = answer["Payload"].read().partition(b"\0" * 8)
    assert json.loads(prelude)["statusCode"] == 200
    assert json.loads(body)["path"] == "/hello"


def test_a_failed_invocation_says_so_as_lambda_does(aws: LocalAws, echo: dict[str, Any]) -> None:
    (function,) = echo["functions"]
    event = {**EVENT, "path": "/crash", "pathParameters": {"proxy": "crash"}}
    answer = aws.client("lambda").invoke(FunctionName=function["name"], Payload=json.dumps(event))
    assert answer["FunctionError"] == "Unhandled"
    assert "errorMessage" in json.loads(answer["Payload"].read())


def test_a_hotswap_of_a_bucket_deployment_copies_what_its_event_names(aws: LocalAws, echo: dict[str, Any]) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket=ASSETS, Key="files.zip", Body=zipped(a_dot_txt="A"))
    s3.create_bucket(Bucket="hotswap-target")
    properties = {
        "SourceBucketNames": [ASSETS],
        "SourceObjectKeys": ["files.zip"],
        "DestinationBucketName": "hotswap-target",
        "DestinationBucketKeyPrefix": "index/",
    }
    event = {"RequestType": "Update", "LogicalResourceId": "Files", "ResourceProperties": properties}
    role = aws.client("iam").create_role(RoleName="copier", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    copier = aws.client("lambda").create_function(
        FunctionName="copier",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"S3Bucket": ASSETS, "S3Key": "files.zip"},
    )
    aws.client("lambda").invoke(FunctionName=copier["FunctionName"], Payload=json.dumps(event))
    assert s3.get_object(Bucket="hotswap-target", Key="index/a.txt")["Body"].read() == b"A"


@pytest.mark.parametrize("event", [b"", b"[]", b"nothing", b'{"ResourceProperties": 3}', b'{"ResourceProperties": {}}'])
def test_other_events_ask_for_no_copy(event: bytes) -> None:
    assert bucket_deployment(event) is None
