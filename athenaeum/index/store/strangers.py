"""The listing of a bucket in which some object has a name that the S3 client refuses, and with it the whole answer.

Who may write a bucket can make one, such as `releases/../x`. None of them is of an index, so they are left out; only
boto3 tells them apart.
"""

import re
from collections.abc import Mapping

from athenaeum.errors import StoreError
from athenaeum.index.store.credentials import find_access
from athenaeum.index.store.objects import Stored

_OURS = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def without_strangers(bucket: str, *, below: str, prefix: str, environ: Mapping[str, str]) -> list[Stored]:
    """Every object below `prefix` of the index at `below` in the bucket, but those whose name is not one of an index.

    Raises `StoreError` without boto3, and what boto3 raises.
    """
    try:
        import boto3
    except ImportError:
        raise StoreError(
            f"In the bucket {bucket} there is an object whose name is not one of an index.",
            remedy="Remove it (`aws s3 ls --recursive` shows it), or pip install 'athenaeum-deploy[deploy]'.",
        ) from None
    access = find_access(environ)
    client = boto3.client(
        "s3",
        region_name=access.region,
        endpoint_url=environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or None,
        aws_access_key_id=access.keys.get("access_key_id"),
        aws_secret_access_key=access.keys.get("secret_access_key"),
        aws_session_token=access.keys.get("session_token"),
    )
    root = f"{below}/" if below else ""
    found = []
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{root}{prefix}"):
        for each in page.get("Contents", ()):
            key = each["Key"].removeprefix(root)
            if _OURS.fullmatch(key) and not {".", ".."} & set(key.split("/")):
                found.append(Stored(key=key, size=each["Size"], modified=each["LastModified"]))
    return found
