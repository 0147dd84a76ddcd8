"""Look for known vulnerabilities, risky code and secrets: `make audit`. What stays stands here with its reason.

    python requirements/audit.py [vulnerabilities] [code] [secrets]

The programs come from the locked set `tools`, in an environment of their own. `vulnerabilities` asks the package
index's service and fails when a package cannot be looked up: silence is not a clean bill.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SETS = ("action", "deploy", "export", "layer", "test", "tools", "torch")

VULNERABILITIES: dict[str, str] = {}
"""Advisory → why it does not concern us."""

CODE: dict[tuple[str, str], str] = {
    ("B310", "athenaeum/action/smoke/callers.py"): "The address is the stack's own output.",
    ("B310", "athenaeum/action/target/oidc.py"): "The address is the runner's token service.",
    ("B310", "athenaeum/chat/providers/ollama.py"): "The owner configures the address; it is checked to be http.",
    ("B310", "athenaeum/embeddings/published.py"): "The address is checked to be http, and the file's hash is known.",
    ("B310", "athenaeum/onboarding/forge.py"): "The address is checked to be http.",
    ("B310", "athenaeum/onboarding/models.py"): "The owner configures the address; it is checked to be http.",
    ("B310", "athenaeum/operations/status.py"): "The address is the stack's own output.",
    ("B608", "athenaeum/index/format/pages.py"): "Only the number of question marks is composed.",
    ("B615", "athenaeum/embeddings/exporter.py"): "The encoder's identity is the hash of the weights that came.",
    ("B108", "athenaeum/settings.py"): "/tmp is the one writable place of a Lambda function.",
}
"""Rule and file → why it stays. Calls of programs (B404, B603, B607) are judged one by one by ruff's S rules."""

SECRETS: dict[tuple[str, str], str] = {
    ("Basic Auth Credentials", "tests/ingestion/test_origin.py"): "Made up: credentials in a remote must be dropped.",
    ("Basic Auth Credentials", "tests/documents/test_permalink.py"): "Made up, likewise.",
    ("Basic Auth Credentials", "tests/server/test_metrics.py"): "Made up: it must be redacted.",
    ("AWS Access Key", "tests/action/test_credentials.py"): "Made up: keys that a token is exchanged for.",
    ("AWS Access Key", "tests/local_aws/cloudformation_server.py"): "AWS's own example.",
    ("AWS Access Key", "tests/local_aws/test_api_guard.py"): "Made up: the emulation must refuse it.",
    ("GitHub Token", "tests/server/test_metrics.py"): "Made up, likewise.",
    ("AWS Access Key", "tests/server/test_metrics.py"): "AWS's own example, likewise.",
    ("JSON Web Token", "tests/server/test_metrics.py"): "Made up, likewise.",
}
"""Kind and file → why it is none."""

# Entropy and key words find hashes and identifiers by the hundred; these detectors know what keys look like.
_NOISY = ("KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", nargs="*", help=f"any of: {', '.join(AUDITS)} (default: all)")
    chosen = parser.parse_args().what or list(AUDITS)
    unknown = [what for what in chosen if what not in AUDITS]
    if unknown:
        parser.error(f"there is no audit {unknown[0]!r}")
    found = {what: sorted(set(AUDITS[what]())) for what in chosen}
    for what, findings in found.items():
        print(f"{what}: {len(findings) or 'no'} finding{'s' if len(findings) != 1 else ''}")
        for finding in findings:
            print(f"  {finding}")
    return 1 if any(found.values()) else 0


def vulnerabilities() -> Iterator[str]:
    for name in SETS:
        command = [program("pip-audit"), "--strict", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        ignored = [part for advisory in VULNERABILITIES for part in ("--ignore-vuln", advisory)]
        done = run([*command, *ignored, "-f", "json", "-r", HERE / f"{name}.txt"])
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError):
            reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            yield f"{name}: could not be audited: {reason}"
            continue
        for package in packages:
            for each in package.get("vulns", ()):
                fixed = ", ".join(each["fix_versions"]) or "no version yet"
                yield f"{name}: {package['name']} {package['version']}: {each['id']}, fixed in {fixed}"


def code() -> Iterator[str]:
    done = run([program("bandit"), "-q", "-r", "athenaeum", "-f", "json", "--severity-level", "medium"])
    seen = set()
    for each in json.loads(done.stdout)["results"]:
        key = (each["test_id"], Path(each["filename"]).as_posix().removeprefix("./"))
        seen.add(key)
        if key not in CODE:
            yield f"{key[1]}:{each['line_number']}: {key[0]} {each['issue_text']}"
    yield from (f"{name}: {rule} is not found any more; take its reason out" for rule, name in set(CODE) - seen)


def secrets() -> Iterator[str]:
    listed = run(["git", "ls-files"]).stdout.splitlines()
    files = [name for name in listed if not (name.startswith("requirements/") and name.endswith(".txt"))]
    noisy = [part for detector in _NOISY for part in ("--disable-plugin", detector)]
    done = run([program("detect-secrets"), "scan", "--no-verify", *noisy, *files])
    seen = set()
    for name, findings in json.loads(done.stdout)["results"].items():
        for each in findings:
            key = (each["type"], name)
            seen.add(key)
            if key not in SECRETS:
                yield f"{name}:{each['line_number']}: {each['type']}"
    yield from (f"{name}: no {kind} is found any more; take its reason out" for kind, name in set(SECRETS) - seen)


AUDITS: dict[str, Callable[[], Iterator[str]]] = {
    "vulnerabilities": vulnerabilities,
    "code": code,
    "secrets": secrets,
}


def environment() -> Path:
    """Where `make tools-audit` puts the programs."""
    if named := os.environ.get("ATHENAEUM_CACHE_DIR"):
        return Path(named).expanduser() / "tools" / "audit"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "athenaeum" / "tools" / "audit"


def program(name: str) -> Path:
    path = environment() / "bin" / name
    if not path.exists():
        sys.exit(f"{name} is not installed; `make tools-audit` installs it.")
    return path


def run(command: list[str | Path], *, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    # PYTHONPATH and the like must not reach programs of another environment.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
