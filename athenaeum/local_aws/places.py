"""Where the embedded AWS keeps what it needs while it runs. Everything but the tools goes away with `local down`."""

import os
from collections.abc import Mapping
from pathlib import Path

from athenaeum.settings import cache_dir


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the one embedded AWS of this user: ATHENAEUM_LOCAL_DIR, else `local` in the cache folder."""
    named = environ.get("ATHENAEUM_LOCAL_DIR")
    return Path(named).expanduser().absolute() if named else cache_dir(environ).absolute() / "local"


def state_file(home: Path) -> Path:
    """What a running daemon says about itself: pid, ports and the secret of its control port."""
    return home / "daemon.json"


def lock_file(home: Path) -> Path:
    """Held by the daemon while it lives, however it dies."""
    return home / "daemon.lock"


def log_file(home: Path) -> Path:
    """The daemon's own log; kept after it stops."""
    return home / "daemon.log"


def ports_file(home: Path) -> Path:
    """Which port each API was given, so that an address stays the same over restarts; kept."""
    return home / "ports.json"


def function_log(home: Path, name: str) -> Path:
    """What a function's processes printed, as CloudWatch would hold it; kept until the next `up`."""
    return home / "logs" / f"{name}.log"


def calls_log(home: Path) -> Path:
    """Every call of the AWS APIs, one a line; kept until the next `up`."""
    return home / "logs" / "aws-calls.log"


def work(home: Path) -> Path:
    """Unpacked assets and the folders of instances."""
    return home / "work"
