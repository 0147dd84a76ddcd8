"""A stack that CloudFormation cannot make or change says why, and leaves things as they were."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.exceptions
import pytest
from local_stack import LAYER, LocalAws, ask, code_zip, stack_template

ASSETS = {"code.zip": code_zip(), "layer.zip": LAYER}
# Refused when everything else has been made: a bucket of this name is there, of the tests' own assets.
REFUSED = {"Type": "AWS::S3::Bucket", "DependsOn": ["Stage", "Bucket"], "Properties": {"BucketName": "assets"}}


def refused(aws: LocalAws, name: str, template: dict[str, Any]) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        aws.deploy(name, template, **ASSETS)
    # An error of 500 would be tried again, and meet its own half-made stack.
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    return str(caught.value)


def buckets(aws: LocalAws) -> set[str]:
    return {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}


def test_a_stack_that_cannot_be_made_says_why_and_leaves_nothing(aws: LocalAws) -> None:
    template = stack_template()
    template["Resources"]["Refused"] = REFUSED
    before = buckets(aws)
    for _ in range(2):
        assert "bucket name" in refused(aws, "Refused", template)
    assert buckets(aws) - before <= {"assets"}
    del template["Resources"]["Refused"]
    stack = aws.deploy("Refused", template, **ASSETS)
    assert ask(f"{stack['endpoint']}/x").status == 200
    aws.delete("Refused")


def test_a_change_that_cannot_be_made_leaves_the_stack_as_it_answers(aws: LocalAws) -> None:
    before = aws.deploy("Changed", stack_template(), **ASSETS)
    template = stack_template(MemorySize=512)
    template["Resources"]["Refused"] = REFUSED
    assert "bucket name" in refused(aws, "Changed", template)
    assert ask(f"{before['endpoint']}/x").json["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    after = aws.deploy("Changed", stack_template(MemorySize=512), **ASSETS)
    assert ask(f"{after['endpoint']}/x").json["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    aws.delete("Changed")


def test_a_stack_that_exports_what_another_does_leaves_the_other_its_export(aws: LocalAws) -> None:
    template = stack_template()
    template["Outputs"]["Bucket"]["Export"] = {"Name": "the-bucket"}
    aws.deploy("Exporting", template, **ASSETS)
    refused(aws, "Clashing", template)
    exports = aws.client("cloudformation").list_exports()["Exports"]
    # The account's bootstrap, which other tests make, exports a name of its own.
    assert [each["Name"] for each in exports if not each["Name"].startswith("CdkBootstrap")] == ["the-bucket"]
    aws.delete("Exporting")


def test_stacks_that_are_made_at_once_are_all_made(aws: LocalAws) -> None:
    names = [f"AtOnce{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: aws.deploy(name, stack_template(), **ASSETS), names))
    for name in names:
        assert ask(f"{aws.stack(name)['endpoint']}/x").status == 200
        aws.delete(name)
