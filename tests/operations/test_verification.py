"""Every check of `athenaeum verify` passes where all is well, and fails on the fault it is for."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import UsageError
from athenaeum.operations.verification.outcome import Check, passed
from athenaeum.operations.verification.run import CHECKS, verify

# Beside the tests, so that they can name its types.
sys.path.insert(0, str(Path(__file__).parent))

from misbehaving import BUCKET, GROUP, REGION, World, first_pointer, misbehaving

# Check → the faults it must find, and what else of the world each needs.
FAULTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "health": [("unhealthy", {}), ("other-release", {})],
    "search": [("finds-nothing", {}), ("release-unnamed", {})],
    "errors": [("errors-bare", {}), ("trace-shown", {})],
    "cors": [("preflight-needs-token", {})],
    "agents": [("agents-broken", {}), ("agents-stream", {})],
    "environment": [("", {"environment": {"OPENAI_API_KEY": "sk-test-1234567890"}})],
    "log": [("silent", {}), ("unnamed", {}), ("no-retention", {})],
    "streaming": [("gathered", {}), ("cut-stream", {})],
    "unauthorised": [
        ("auth-open", {"auth": True}),
        ("auth-403", {"auth": True}),
        ("no-challenge", {"auth": True}),
        ("health-closed", {"auth": True}),
    ],
    "size-limit": [("large-crashes", {})],
    "throttle": [("no-throttle", {})],
    "role": [("role-may-write", {}), ("role-cannot-read", {})],
    "bucket": [("open-bucket", {})],
    "cold-start": [("slow-start", {})],
    "refresh": [("stale", {})],
}


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    """moto's server: the settings of its clients."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "endpoint_url": f"http://{host}:{port}",
        "region_name": REGION,
        "aws_access_key_id": "local",
        "aws_secret_access_key": "local",
    }
    server.stop()


@pytest.fixture
def world(aws: dict[str, str]) -> Iterator[World]:
    """A stack with which all is well."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{aws['endpoint_url']}/moto-api/reset", method="POST")).close()
    made = World(aws)
    s3, logs = made.client("s3"), made.client("logs")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="index/current.json", Body=first_pointer().to_bytes())
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    made.line(status=200, cold_start_ms=900)
    with misbehaving(made):
        yield made


def plant(world: World, fault: str, needs: dict[str, Any]) -> None:
    world.faults.add(fault)
    for name, value in needs.items():
        setattr(world, name, value)
    if fault == "no-retention":
        world.client("logs").delete_retention_policy(logGroupName=GROUP)
    if fault == "open-bucket":
        world.client("s3").delete_public_access_block(Bucket=BUCKET)
    if fault == "slow-start":
        world.line(status=200, cold_start_ms=60_000)
        world.line(status=200, cold_start_ms=60_000)


def test_every_check_passes_where_all_is_well(world: World) -> None:
    world.auth = True
    record = verify(world.subject(token="t"))
    assert {check.name: outcome.verdict for check, outcome in record.found} == {check.name: "pass" for check in CHECKS}
    assert record.to_json()["ok"] is True


def test_every_check_has_a_planted_fault() -> None:
    assert set(FAULTS) == {check.name for check in CHECKS}


@pytest.mark.parametrize(("check", "fault"), [(check, at) for check, all_ in FAULTS.items() for at in range(len(all_))])
def test_a_check_fails_on_the_fault_it_is_for(world: World, check: str, fault: int) -> None:
    name, needs = FAULTS[check][fault]
    plant(world, name, needs)
    record = verify(world.subject(), only=[check])
    ((_, outcome),) = record.found
    assert outcome.verdict == "fail", outcome.detail
    assert record.failures == [check]
    assert outcome.detail.endswith(".")


def test_a_throttle_can_be_tried_for_real(world: World) -> None:
    ((_, outcome),) = verify(world.subject(burst=True), only=["throttle"]).found
    assert (outcome.verdict, "none was answered 429" in outcome.detail) == ("fail", True)
    world.faults |= {"throttled"}
    ((_, outcome),) = verify(world.subject(burst=True), only=["throttle"]).found
    assert outcome.verdict == "pass"


def test_the_refresh_check_changes_nothing_but_time_and_nonce(world: World) -> None:
    before = world.pointer()
    ((_, outcome),) = verify(world.subject(), only=["refresh"]).found
    after = world.pointer()
    assert outcome.verdict == "pass"
    assert (after.release, after.history, after.owner) == (before.release, before.history, before.owner)
    assert after.nonce != before.nonce
    ((_, outcome),) = verify(world.subject(writes=False), only=["refresh"]).found
    assert outcome.verdict == "skipped"
    assert world.pointer() == after


def test_what_only_aws_can_show_never_passes_on_the_embedded_aws_and_may_fail_there(world: World) -> None:
    world.target = "local"
    verdicts = {check.name: outcome.verdict for check, outcome in verify(world.subject()).found}
    shown = {check.name for check in CHECKS if check.aws_only}
    assert not {name for name in shown if verdicts[name] == "pass"}
    assert {verdicts[name] for name in shown - {"unauthorised"}} == {"unprovable"}
    world.faults.add("cut-stream")
    ((_, outcome),) = verify(world.subject(), only=["streaming"]).found
    assert outcome.verdict == "fail"
    assert Check("x", "?", lambda _: passed("y."), aws_only=True).outcome(world.subject()).verdict == "unprovable"


def test_a_check_that_cannot_ask_has_failed(world: World) -> None:
    world.endpoint = "http://127.0.0.1:9"
    record = verify(world.subject(), only=["cors"])
    assert record.failures == ["cors"]
    assert "could not be checked" in record.found[0][1].detail


def test_an_unknown_check_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="no check 'helth'"):
        verify(world.subject(), only=["helth"])


def test_a_record_tells_when_and_what(world: World) -> None:
    found = verify(world.subject(), only=["cors"]).to_json()
    assert found["at"].startswith(time.strftime("%Y-", time.gmtime()))
    assert found["checks"][0]["verdict"] == "pass"
    assert found["stack"] == "Docs"
