"""The life of instances: what a function finds, how it is frozen, what happens when it dies."""

import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from local_stack import LAYER, LocalAws, ask, code_zip, stack_template, until

from athenaeum.local_aws.runtime import sandbox, tools


def test_a_function_finds_the_file_system_of_lambda(aws: LocalAws, echo: dict[str, Any]) -> None:
    seen = ask(f"{echo['endpoint']}/file-system").json
    assert {"opt", "tmp", "var", "usr", "proc"} <= set(seen["root"])
    assert not {"root", "home", "work"} & set(seen["root"])
    assert seen["opt"] == ["bootstrap", "extensions", "python"]
    assert seen["tmp"] == "allowed"
    assert seen["fill"] == "OSError"  # 64 MB of /tmp are full long before 100 are written
    assert {seen["task"], seen["layer"], seen["usr"]} == {"OSError"}  # a read-only file system
    assert seen["uid"] != 0 or "user namespaces" in aws.status["mode"]
    assert seen["site"] == []


def test_a_function_finds_the_environment_of_lambda_and_its_template(aws: LocalAws, echo: dict[str, Any]) -> None:
    seen = ask(f"{echo['endpoint']}/x").json["environment"]
    assert seen["BUCKET"] == echo["outputs"]["Bucket"]
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["LAMBDA_TASK_ROOT"] == "/var/task"
    assert seen["LAMBDA_RUNTIME_DIR"] == "/var/runtime"
    assert seen["AWS_ENDPOINT_URL"] == aws.status["aws_endpoint_url"]
    assert seen["AWS_LAMBDA_FUNCTION_NAME"].startswith("Echo-Server")
    assert "HOME" not in seen


def test_every_process_of_an_instance_is_stopped_between_invocations(aws: LocalAws, echo: dict[str, Any]) -> None:
    ask(f"{echo['endpoint']}/x")
    instances = aws.stack("Echo")["functions"][0]["instances"]
    assert instances
    for instance in instances:
        assert instance["state"] == "frozen"
        held = psutil.Process(instance["pid"]).children(recursive=True)
        states = {process.name(): process.status() for process in held}
        # The control process is the one that must be able to wake the others.
        assert {name for name, state in states.items() if state != psutil.STATUS_STOPPED} <= {"sh", "unshare", "dash"}
        assert any("lambda-adapter" in name for name in states)
        assert psutil.STATUS_STOPPED in states.values()


def test_a_warm_instance_is_used_again(echo: dict[str, Any]) -> None:
    first, second = (ask(f"{echo['endpoint']}/x").json for _ in range(2))
    assert first["started"] == second["started"]
    assert second["served"] == first["served"] + 1


def test_a_crash_is_a_502_and_the_next_request_gets_a_fresh_start(echo: dict[str, Any]) -> None:
    before = ask(f"{echo['endpoint']}/x").json
    crashed = ask(f"{echo['endpoint']}/crash")
    assert crashed.status == 502
    assert crashed.json == {"message": "Internal server error"}
    after = ask(f"{echo['endpoint']}/x")
    assert after.status == 200
    assert after.json["started"] != before["started"]


def test_an_instance_that_was_killed_from_outside_costs_one_502(aws: LocalAws, echo: dict[str, Any]) -> None:
    ask(f"{echo['endpoint']}/x")
    for instance in aws.stack("Echo")["functions"][0]["instances"]:
        psutil.Process(instance["pid"]).kill()
    answers = [ask(f"{echo['endpoint']}/x").status for _ in range(5)]
    assert set(answers[:-1]) <= {200, 502}
    assert answers[-1] == 200


def test_a_function_over_its_timeout_is_answered_for_and_replaced(aws: LocalAws) -> None:
    template = stack_template(Timeout=1, environment={"SLOW": "30"})
    stack = aws.deploy("Slow", template, **{"code.zip": code_zip(), "layer.zip": LAYER})
    begun = time.monotonic()
    assert ask(f"{stack['endpoint']}/slow").status == 504
    assert time.monotonic() - begun < 15
    assert ask(f"{stack['endpoint']}/x").status == 200
    aws.delete("Slow")


def test_a_buffered_function_works_and_a_wrong_mode_is_a_502(aws: LocalAws) -> None:
    assets = {"code.zip": code_zip(), "layer.zip": LAYER}
    stack = aws.deploy("Buffered", stack_template(streamed=False), **assets)
    assert ask(f"{stack['endpoint']}/x").json["method"] == "GET"
    # The API waits for a stream, the adapter sends one JSON object: on AWS this fails too.
    wrong = stack_template(environment={"AWS_LWA_INVOKE_MODE": "buffered"})
    stack = aws.deploy("Buffered", wrong, **assets)
    assert ask(f"{stack['endpoint']}/x").status == 502
    aws.delete("Buffered")


def test_an_update_replaces_instances_and_keeps_the_address(aws: LocalAws) -> None:
    assets = {"code.zip": code_zip(), "layer.zip": LAYER}
    first = aws.deploy("Changing", stack_template(environment={"COLOUR": "red"}), **assets)
    assert ask(f"{first['endpoint']}/x").json["environment"]["COLOUR"] == "red"
    changed = stack_template(environment={"COLOUR": "blue"}, MemorySize=512, code="code2.zip")
    second = aws.deploy("Changing", changed, **{"code2.zip": code_zip(extra_dot_txt="new")})
    assert second["endpoint"] == first["endpoint"]
    assert second["functions"][0]["memory"] == 512
    seen = ask(f"{second['endpoint']}/x").json["environment"]
    assert (seen["COLOUR"], seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) == ("blue", "512")
    aws.delete("Changing")
    with pytest.raises(OSError, match="refused"):
        ask(f"{first['endpoint']}/x")
    assert until(lambda: all(stack["name"] != "Changing" for stack in aws.status["stacks"]))


def test_a_layer_of_another_account_is_named_in_the_status(aws: LocalAws) -> None:
    template = stack_template(Layers=["arn:aws:lambda:us-east-1:111122223333:layer:theirs:1"])
    stack = aws.deploy("Foreign", template, **{"code.zip": code_zip(), "layer.zip": LAYER})
    assert "111122223333:layer:theirs:1" in stack["failure"]
    aws.delete("Foreign")


def test_each_way_into_namespaces_that_this_machine_has_works(aws: LocalAws, tmp_path: Path) -> None:
    machine = sandbox.find_machine(tmp_path, emulator=tools.find(tools.EMULATOR))
    assert isinstance(machine, sandbox.Machine)
    possible = ["user namespaces"] + (["root"] if os.geteuid() == 0 else []) + (["sudo"] if _sudo() else [])
    failures = {way: sandbox.trial(replace(machine, way=way), tmp_path) for way in possible}
    # Many kernels and containers forbid user namespaces to users; root may always make them.
    if os.geteuid() != 0 and "not permitted" in failures["user namespaces"]:
        del failures["user namespaces"]
    assert set(failures.values()) == {""}


def _sudo() -> bool:
    return bool(shutil.which("sudo")) and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0
