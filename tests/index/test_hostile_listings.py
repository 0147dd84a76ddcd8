"""Names of objects and of places that somebody chose: none leads out of the index, and none stops who works on it."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from athenaeum.errors import IndexBrokenError, UsageError
from athenaeum.index.publishing.listing import list_kept
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store

Index = Callable[..., Path]
HOSTILE = (
    "releases/../current.json",
    "releases/../../other/secret",
    "releases//double",
    "releases/./dot",
    "releases/" + "a" * 20 + "/../../../x",
    "encoders/../releases/x",
    "encoders//x",
    "encoders/ab12cd34ef56ab78/../../current.json",
    "releases/%2e%2e/x",
    "releases/ümlaut 日",
)


def put_raw(endpoint: str, bucket: str, key: str, data: bytes = b"x") -> None:
    """Write an object of exactly this name, as any S3 client can."""
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.put_object(Bucket=bucket, Key=key, Body=data)


def keys_in(endpoint: str, bucket: str) -> set[str]:
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    return {found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", ())}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_object_stops_nobody_and_nothing_outside_is_removed(
    index: Index,
    texts: Callable[..., dict[str, str]],
    s3_endpoint: str,
    s3_environ: dict[str, str],
    bucket: str,
    name: str,
) -> None:
    put_raw(s3_endpoint, bucket, "other/secret")
    store = open_store(f"s3://{bucket}/index/", environ=s3_environ)
    first = publish(index("a"), store).release
    second = publish(index("a", texts(mark="new")), store).release
    put_raw(s3_endpoint, bucket, f"index/{name}")
    assert {one.release for one in list_kept(store)} == {first, second}
    prune(store, keep=0, now=datetime.now(UTC) + timedelta(days=5))
    assert rollback(store).release == first
    assert "other/secret" in keys_in(s3_endpoint, bucket)
    assert publish(index("a"), store).release == first


def test_a_pointer_with_a_long_history_is_read_and_written_short(index: Index, store: Store, tmp_path: Path) -> None:
    publish(index("a"), store)
    blob = store.get("current.json")
    assert blob is not None
    pointer = json.loads(blob.data)
    pointer["history"] = [{"release": f"{number:020x}"} for number in range(300)]
    store.put("current.json", json.dumps(pointer).encode())
    live, _ = read_live(store)
    assert live is not None
    assert len(live.history) < 100
    publish(index("b", {"a.md": "# Another\n\nText."}), store, force=True)
    live, _ = read_live(store)
    assert live is not None
    assert len(live.history) == 5


@pytest.mark.parametrize("size", [100_000, 5_000_000])
def test_a_pointer_that_is_too_large_is_refused_and_replaced_by_a_publish(
    index: Index, store: Store, tmp_path: Path, size: int
) -> None:
    folder = index("a")
    publish(folder, store)
    blob = store.get("current.json")
    assert blob is not None
    store.put("current.json", blob.data + b" " * size)
    with pytest.raises(IndexBrokenError):
        mirror(store, tmp_path / "local")
    assert publish(folder, store).outcome == "published"
    assert mirror(store, tmp_path / "local") is not None


@pytest.mark.parametrize("nonce", [7, None, ["a"], "x" * 10_000, "a\x1b[2Jb"])
def test_a_hostile_nonce_is_no_nonce(index: Index, store: Store, nonce: object) -> None:
    folder = index("a")
    publish(folder, store)
    blob = store.get("current.json")
    assert blob is not None
    store.put("current.json", json.dumps(json.loads(blob.data) | {"nonce": nonce}).encode())
    assert publish(index("b", {"a.md": "# Another\n\nText."}), store, force=True).outcome == "published"


@pytest.mark.parametrize("prefix", ["../other/", "a/../../other/", "./", "index/%2e%2e/other/", "a\nb/", "a b/"])
def test_a_prefix_that_leads_elsewhere_is_refused(s3_environ: dict[str, str], prefix: str) -> None:
    with pytest.raises(UsageError, match="not a place in a bucket"):
        open_store(f"s3://bucket/{prefix}", environ=s3_environ)


def test_a_larger_object_than_its_manifest_says_is_not_downloaded(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a")
    publish(folder, store)
    release = open_release(folder).id
    store.put(f"releases/{release}/pages.sqlite", os.urandom(3_000_000))
    with pytest.raises(IndexBrokenError, match=r"pages\.sqlite"):
        mirror(store, tmp_path / "local")
    target = tmp_path / "file"
    found = store.download(f"releases/{release}/pages.sqlite", target, size=1000)
    assert found is not None
    assert (found.size, target.stat().st_size) == (3_000_000, 0)
