"""`make demo`: this repository's docs on the embedded AWS, deployed by the real `cdk deploy`, and three questions.

Safe to repeat and to interrupt. The endpoint stays up until `athenaeum local down`.
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "examples" / "simple-deployment"
QUESTIONS = (
    "what happens on a merge",
    "how do I go back to an earlier release",
    "can I use this without an AWS account",
)


def main() -> int:
    begun = time.monotonic()
    say("1/4 index docs/ (10 seconds; the first time another minute to export the encoder)")
    athenaeum(
        "index", "docs", "--output", str(PROJECT / "index"), "--repository", "https://github.com/athenaeum/deploy"
    )
    say("2/4 start the embedded AWS")
    athenaeum("local", "up")
    say("3/4 cdk deploy (about a minute; the first time another minute to bundle the layer)")
    athenaeum("deploy", "--target", "local", "--project", str(PROJECT))
    say("4/4 ask")
    status = json.loads(athenaeum("local", "status", "--json", capture=True))
    stack = next(each for each in status["stacks"] if each["name"] == "MyKnowledgeBase")
    endpoint = stack["endpoint"].rstrip("/")
    for question in QUESTIONS:
        show(question, ask(endpoint, question))
    say(f"done in {time.monotonic() - begun:.0f} s; the endpoint is up:")
    print(f"\n  open       {endpoint}/")
    data = json.dumps({"query": QUESTIONS[0]})
    print(f"  search     curl -s {endpoint}/search -H 'content-type: application/json' -d '{data}'")
    print(f"  agents     {endpoint}/mcp")
    print("  status     .venv/bin/athenaeum local status")
    print("  stop       .venv/bin/athenaeum local down\n")
    return 0


def say(what: str) -> None:
    print(f"\n== {what}", flush=True)


def athenaeum(*arguments: str, capture: bool = False) -> str:
    """Run the command line of this environment; its own message stands when it fails."""
    # The program that belongs to this Python, not another of the same name on the path.
    program = Path(sys.executable).with_name("athenaeum")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "athenaeum"]
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE if capture else None, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout or ""


def ask(endpoint: str, question: str) -> list[dict[str, Any]]:
    body = json.dumps({"query": question, "limit": 1}).encode()
    request = urllib.request.Request(f"{endpoint}/search", data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]
    return found


def show(question: str, hits: list[dict[str, Any]]) -> None:
    width = min(shutil.get_terminal_size().columns, 100)
    print(f"\n? {question}")
    for hit in hits:
        print(f"  {' › '.join(hit['headings']) or hit['title']}")
        print(f"  docs/{hit['path']}:{hit['start_line']}-{hit['end_line']}")
        # The heading is shown above; the answer is what stands under it.
        text = " ".join(line for line in hit["content"].splitlines() if not line.startswith("#"))
        for line in textwrap.wrap(text, width - 4)[:3]:
            print(f"    {line}")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
