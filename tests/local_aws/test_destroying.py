"""What a removal leaves, and what it takes along when told to."""

import json
from pathlib import Path

import pytest
from local_stack import LocalAws

from athenaeum.deployment.deploy import deploy
from athenaeum.deployment.destroy import BUCKET, Kept, destroy
from athenaeum.errors import StackNotFoundError, UsageError


def keeping(aws: LocalAws, name: str) -> str:
    """A stack whose bucket is kept, with an object in it; the bucket's name."""
    bucket = f"{name.lower()}-index"
    resource = {"Type": BUCKET, "DeletionPolicy": "Retain", "Properties": {"BucketName": bucket}}
    outputs = {"IndexBucketName": {"Value": {"Ref": "Index"}}}
    aws.client("cloudformation").create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"Index": resource}, "Outputs": outputs})
    )
    aws.client("s3").put_object(Bucket=bucket, Key="index/current.json", Body=b"{}")
    return bucket


def buckets(aws: LocalAws) -> list[str]:
    return [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]


def test_what_a_stack_keeps_by_its_policy_is_kept_and_named(aws: LocalAws) -> None:
    bucket = keeping(aws, "Keeper")
    done = destroy(target="local", stacks=["Keeper"], home=aws.home)
    assert done.stacks == ("Keeper",)
    assert done.kept == (Kept("Keeper", BUCKET, bucket),)
    assert bucket in buckets(aws)


def test_kept_data_goes_with_the_stack_when_told_to(aws: LocalAws) -> None:
    bucket = keeping(aws, "Giver")
    done = destroy(target="local", stacks=["Giver"], with_data=True, home=aws.home)
    assert done.stacks == ("Giver",)
    assert done.kept == ()
    assert bucket not in buckets(aws)


def test_a_stack_that_is_not_there_is_named_with_those_that_are(aws: LocalAws) -> None:
    with pytest.raises(StackNotFoundError, match="Nobody"):
        destroy(target="local", stacks=["Nobody"], home=aws.home)


@pytest.mark.parametrize("environment", ["prod", "production"])
def test_hotswap_is_refused_for_production_before_anything_runs(
    environment: str, aws: LocalAws, tmp_path: Path
) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "false"}')
    with pytest.raises(UsageError, match="not for production"):
        deploy(tmp_path, target="local", context={"environment": environment}, hotswap=True, home=aws.home)
