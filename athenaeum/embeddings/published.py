"""Encoders that come with a release of this package: fetched and checked by hash, so that no one needs torch for them.

Their cards are part of the package (`published/<digest>.json`) and hold size and sha256 of every file. The files are
assets of the release on GitHub, named `<digest>-<file>`. An export is the same to the byte wherever it is made with the
locked torch; the release workflow makes it anew and refuses one that differs from its card.
"""

import hashlib
import json
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from athenaeum import __version__
from athenaeum.embeddings.spec import CARD, MODEL, TOKENIZER
from athenaeum.records import Progress, no_progress

CARDS = Path(__file__).with_name("published")
ADDRESS = "ATHENAEUM_ENCODER_URL"
"""Variable with another place of the files, such as a mirror; `off` never fetches."""
_HOME = f"https://github.com/athenaeum/deploy/releases/download/v{__version__}"
_SECONDS = 10
_BLOCK = 1 << 20


def published_card(digest: str, *, cards: Path = CARDS) -> Mapping[str, Any] | None:
    """The card of a published encoder, or None when this release of the package brings none of that digest."""
    try:
        return dict(json.loads((cards / f"{digest}.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def asset_name(digest: str, name: str) -> str:
    """What a file of an encoder is called among the assets of a release."""
    return f"{digest}-{name}"


def fetch_published(
    digest: str,
    target: Path,
    *,
    cards: Path = CARDS,
    environ: Mapping[str, str] = os.environ,
    progress: Progress = no_progress,
) -> bool:
    """Put the published encoder into the folder `target`, whole or not at all; whether it is there now.

    False without an error when none is published, the place cannot be reached, or what came is not what the card says:
    the encoder can always be exported instead. `progress` is told why.
    """
    card = published_card(digest, cards=cards)
    place = environ.get(ADDRESS, "") or _HOME
    if card is None or place == "off" or not place.startswith(("https://", "http://")):
        return False
    work = Path(tempfile.mkdtemp(prefix=f".{digest}-", dir=target.parent))
    try:
        for at, name in enumerate((TOKENIZER, MODEL)):
            progress("fetching the encoder", at, 2)
            reason = _fetch(f"{place.rstrip('/')}/{asset_name(digest, name)}", work / name, wanted=card["files"][name])
            if reason:
                progress(f"the published encoder is not used ({reason}); exporting it here", 0, 0)
                return False
        progress("fetching the encoder", 2, 2)
        shutil.copyfile(cards / f"{digest}.json", work / CARD)
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
        return True
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fetch(address: str, path: Path, *, wanted: Mapping[str, Any]) -> str:
    """Download one file; what is wrong with it, or ""."""
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer, path.open("wb") as file:  # noqa: S310
            while block := answer.read(_BLOCK):
                size += len(block)
                if size > wanted["size"]:
                    return "its size differs"
                digest.update(block)
                file.write(block)
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"
    except (OSError, ValueError) as error:
        return type(getattr(error, "reason", error)).__name__
    return "" if size == wanted["size"] and digest.hexdigest() == wanted["sha256"] else "its sha256 differs"
