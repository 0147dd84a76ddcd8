"""Run the slow matrices in named parts: `make test-long`, or `make test-long PART=act` for one of them.

A part that passed for this state of the checkout is not run again, so a run that was interrupted goes on where it
stopped. Each part takes at most 45 minutes on two cores; what it took and how many tests passed is printed at the end.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "long.json"
PARTS: dict[str, tuple[str, ...]] = {
    "act": ("tests/action",),
    "deploy": ("tests/e2e", "tests/local_aws"),
    "infra": ("tests/infra", "tests/shape"),
    "index": ("tests/index", "tests/ingestion", "tests/embeddings"),
    "documents": ("tests/documents",),
    "server": ("tests/server",),
}
"""Part → the rooms whose tests marked `long` it runs. A test holds that no room is left out."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("part", nargs="*", metavar="PART", help="parts to run (default: all)")
    parser.add_argument("--again", action="store_true", help="run parts that have passed as well")
    args = parser.parse_args()
    if unknown := set(args.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    state, passed = state_of_checkout(), kept()
    failed = []
    for part in args.part or PARTS:
        if not args.again and passed.get(part, {}).get("state") == state:
            print(f"{part}: passed before, {passed[part]['said']}", flush=True)
            continue
        begun = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-n", "2", "-m", "long", *PARTS[part]]
        print(f"{part}: {' '.join(PARTS[part])}", flush=True)
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        said = f"{time.monotonic() - begun:.0f} s"
        if code:
            failed.append(part)
            continue
        passed[part] = {"state": state, "said": said}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(passed))
    if failed:
        print(f"failed: {', '.join(failed)}; `make test-long` runs these again and no others")
    return 1 if failed else 0


def state_of_checkout() -> str:
    """A digest of every file that git has or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    digest = hashlib.sha256()
    for name in sorted(filter(None, listed.stdout.split(b"\0"))):
        path = ROOT / name.decode()
        digest.update(name + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def kept() -> dict[str, dict[str, str]]:
    """The parts that passed, with the state of the checkout they passed for."""
    try:
        return dict(json.loads(KEPT.read_text()))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main())
