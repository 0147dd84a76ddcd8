"""status, logs, report and mode report on a stack of the embedded AWS: its own log, read through CloudWatch's API."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_stack import LAYER, RUN, LocalAws, ask, stack_template, until, zipped

ROOT = Path(__file__).resolve().parents[2]
# Writes the lines that the real server writes, and answers /health.
SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
RELEASE = "a" * 20
def line(**fields):
    print(json.dumps({"time": "t", "level": "info", **fields}), flush=True)
line(event="release_loaded", release=RELEASE, bring_ms=1.0, open_ms=2.0)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = self.path.partition("?q=")[2].replace("+", " ")
        body = json.dumps({"status": "ok", "release": RELEASE, "pages": 3, "chunks": 9}).encode()
        self.send_response(503 if self.path == "/broken" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/broken":
            line(event="refresh_failed", refresh_failures=1, error="store_unreachable")
            line(event="request", level="error", method="GET", path="/broken", status=503, ms=4.0)
        elif query:
            line(event="request", method="GET", path="/search", status=200, ms=5.0, search_ms=4.0, release=RELEASE,
                 gap="low", low_score=1, relevance=0.25, top_path="guide/install.md", query=query, results=5)
        elif self.path == "/health":
            line(event="request", method="GET", path="/health", status=200, ms=1.0, cold_start_ms=700)
    def log_message(self, *_): ...
ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), Handler).serve_forever()
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def stack(aws: LocalAws) -> dict[str, Any]:
    """A server as the construct's outputs describe one, with three questions asked of it."""
    template = stack_template(environment={"ATHENAEUM_INDEX_BUCKET": {"Ref": "Bucket"}})
    template["Outputs"] |= {
        "IndexBucketName": {"Value": {"Ref": "Bucket"}},
        "FunctionName": {"Value": {"Ref": "Server"}},
    }
    code = zipped(run_dot_sh=RUN, server_dot_py=SERVER)
    made = aws.deploy("Watched", template, **{"code.zip": code, "layer.zip": LAYER})
    for path in ("health", "search?q=rotate+api+keys", "search?q=rotate+the+api+key", "search?q=dark+mode", "broken"):
        ask(f"{made['endpoint']}/{path}")
    logs, group = aws.client("logs"), f"/aws/lambda/{made['functions'][0]['name']}"

    def shipped() -> bool:
        events = logs.filter_log_events(logGroupName=group)["events"] if _exists(logs, group) else []
        return any("/broken" in event["message"] for event in events)

    assert until(shipped, seconds=60)
    return made


def _exists(logs: Any, group: str) -> bool:
    return bool(logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])


@pytest.fixture
def athenaeum(aws: LocalAws) -> Run:
    """The command line, against this embedded AWS."""

    def run(command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "athenaeum", command, "--stack", "Watched", "--target", "local", *arguments]
        environment = {**os.environ, "ATHENAEUM_LOCAL_DIR": str(aws.home)}
        return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


def test_status_adds_up_what_happened(stack: dict[str, Any], athenaeum: Run) -> None:
    done = athenaeum("status", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    figures = found["figures"]
    assert (found["endpoint"], found["state"]) == (stack["endpoint"], "CREATE_COMPLETE")
    assert (figures["searches"], figures["low_score"], figures["server_errors"]) == (3, 3, 1)
    assert (figures["refresh_failures"], figures["releases_loaded"]) == (1, 1)
    assert figures["cold_p90_ms"] == 700
    assert figures["gb_seconds"] > 0
    assert found["function"]["environment"]
    assert "ATHENAEUM_INDEX_BUCKET" in found["function"]["environment"]
    shown = athenaeum("status")
    assert "3 searches" in shown.stdout
    assert stack["endpoint"] in shown.stdout


def test_logs_show_events_and_errors_alone_when_asked(stack: dict[str, Any], athenaeum: Run) -> None:
    lines = athenaeum("logs").stdout.splitlines()
    assert any("path=/search" in line and "gap=low" in line for line in lines)
    assert not any("REPORT RequestId" in line for line in lines)
    assert any("REPORT RequestId" in line for line in athenaeum("logs", "--all").stdout.splitlines())
    bad = athenaeum("logs", "--errors").stdout.splitlines()
    assert len(bad) == 2
    assert any("refresh_failed" in line for line in bad)
    events = [json.loads(line) for line in athenaeum("logs", "--json").stdout.splitlines()]
    assert {"release_loaded", "request", "refresh_failed"} <= {event.get("event") for event in events}


def test_the_report_groups_what_was_not_found(stack: dict[str, Any], athenaeum: Run, tmp_path: Path) -> None:
    file = tmp_path / "reports" / "gaps.md"
    done = athenaeum("report", "--json", "--output", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["searches"], found["query_text_kept"]) == (3, True)
    assert [(gap["topic"], gap["times"]) for gap in found["gaps"]] == [("rotate api keys", 2), ("dark mode", 1)]
    assert found["gaps"][0]["nearest_page"] == "guide/install.md"
    assert "3 of 3 searches" in file.read_text()


@pytest.mark.long  # it bootstraps the embedded AWS, as every run of the action does
def test_mode_report_of_the_action_writes_summary_and_outputs(
    stack: dict[str, Any], aws: LocalAws, tmp_path: Path
) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.touch()
    summary.touch()
    environment = {
        **os.environ,
        "ATHENAEUM_LOCAL_DIR": str(aws.home),
        "INPUT_MODE": "auto",
        "INPUT_TARGET": "local",
        "INPUT_STACK_NAME": "Watched",
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_REPOSITORY": "acme/docs",
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    run = [sys.executable, "-m", "athenaeum.action"]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rotate api keys" in summary.read_text()
    # A file of its own for each step: a job may have several.
    (report,) = tmp_path.glob("athenaeum-gaps-*.md")
    assert str(report) in output.read_text()
    assert "| 2 | rotate api keys |" in report.read_text()


def test_a_stack_that_is_not_there_is_one_sentence(aws: LocalAws, athenaeum: Run) -> None:
    environment = {**os.environ, "ATHENAEUM_LOCAL_DIR": str(aws.home)}
    for command in ("status", "logs", "report", "verify"):
        line = [sys.executable, "-m", "athenaeum", command, "--stack", "Nothing", "--target", "local"]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 46
        assert "There is no stack Nothing" in done.stderr
        assert "Traceback" not in done.stderr
