"""The deployed stack as a run finds it: its outputs, its index, and whether this checkout's infrastructure is in it."""

import os
from typing import TYPE_CHECKING

from athenaeum.index.publishing.stack import Standing, absent

if TYPE_CHECKING:
    from athenaeum.index.store.objects import Store


def stack_outputs(stack: str) -> dict[str, str]:
    """The outputs of a stack that is up, with addresses of this machine on the embedded AWS."""
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        from athenaeum.local_aws import client

        stacks = client.status()["stacks"]
        found = [each for each in stacks if each["name"] == stack]
        if not found:
            there = {each["name"]: Standing(each["name"], each["name"], serves=True) for each in stacks}
            raise absent(stack, there, where=f"on the embedded AWS at {endpoint}")
        return dict(found[0]["outputs"])
    from athenaeum.index.publishing.stack import read_outputs

    return dict(read_outputs(stack))


def open_index(bucket: str) -> "Store":
    """The store of a stack's index."""
    from athenaeum.index.store.s3 import open_store
    from athenaeum.settings import ServerSettings

    return open_store(f"s3://{bucket}/{ServerSettings().index_prefix}", environ=os.environ)
