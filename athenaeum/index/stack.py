"""Where the index of a deployed stack is: the bucket its outputs name."""

from typing import Any

from athenaeum.errors import CredentialsError, MissingExtraError, StackNotFoundError, StoreError, UsageError
from athenaeum.settings import ServerSettings

_OUTPUT = "IndexBucketName"


def index_address(stack: str, *, region: str = "", client: Any = None) -> str:
    """The store address of a stack's index, read from CloudFormation; `stack` may be `NAME` or `NAME/SERVER`.

    `SERVER` is the construct's id, for a stack with several servers. `client` is a boto3 CloudFormation client, made
    when it is left out. Raises `StackNotFoundError`, `UsageError`, `CredentialsError`, `StoreError` and, without
    boto3, `MissingExtraError`.
    """
    name, _, server = stack.partition("/")
    outputs = read_outputs(name, region=region, client=client)
    buckets = {key.removesuffix(_OUTPUT): bucket for key, bucket in outputs.items() if key.endswith(_OUTPUT)}
    if not buckets:
        raise StackNotFoundError(
            f"The stack {name} has no output {_OUTPUT}.", remedy="Name a stack that holds an MCPServerConstruct."
        )
    if server in buckets:
        bucket = buckets[server]
    elif not server and len(buckets) == 1:
        bucket = next(iter(buckets.values()))
    else:
        choices = ", ".join(f"{name}/{key}" if key else name for key in sorted(buckets))
        raise UsageError(f"The stack {name} has several indexes.", remedy=f"Name one of: {choices}.")
    return f"s3://{bucket}/{ServerSettings().index_prefix}"


def read_outputs(name: str, *, region: str = "", client: Any = None) -> dict[str, str]:
    """The CloudFormation outputs of a stack; raises what `index_address` raises."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise MissingExtraError(
            "Reading a stack's outputs needs boto3.", remedy="pip install 'athenaeum-deploy[deploy]'"
        ) from None
    try:
        chosen = client or boto3.client("cloudformation", region_name=region or None)
        stacks = chosen.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "ValidationError":
            raise StackNotFoundError(
                f"There is no stack {name} in this account and region.", remedy="Check the name and AWS_REGION."
            ) from None
        raise CredentialsError(
            f"AWS does not allow these credentials to describe the stack {name} ({code}).",
            remedy="Use a role that may call cloudformation:DescribeStacks on it.",
        ) from None
    except BotoCoreError as error:
        kind = type(error).__name__
        if "Credential" in kind or "Token" in kind or "Profile" in kind:
            raise CredentialsError(
                f"AWS credentials cannot be loaded ({kind}).", remedy="Log in, or set `role-to-assume` in a workflow."
            ) from None
        raise StoreError(
            f"CloudFormation could not be asked about the stack {name} ({kind}).",
            remedy="Check the network and set AWS_REGION.",
        ) from None
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", ())}
