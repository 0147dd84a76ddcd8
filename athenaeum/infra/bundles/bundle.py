"""What a bundle is: a zip in the cache, and what is known about it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_CARD = "bundle.json"
_ZIP = "bundle.zip"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip for a layer or a function.

    `digest` is the hash of everything it was made from, and serves as its asset hash. `unzipped` and `zipped` are
    bytes; `parts` says which top-level part takes how many unzipped bytes; `bytecode` is False when it carries sources
    because no interpreter of its Python was at hand. `modules` are the importable modules it holds.
    """

    path: Path
    digest: str
    architecture: str
    python: str
    unzipped: int
    zipped: int
    bytecode: bool = True
    parts: Mapping[str, int] = field(default_factory=dict)
    modules: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write what is known beside the zip."""
        card = {key: value for key, value in asdict(self).items() if key != "path"}
        (folder / _CARD).write_text(json.dumps(card, indent=1, sort_keys=True))


def zip_in(folder: Path) -> Path:
    """Where the zip of a bundle's cache folder is."""
    return folder / _ZIP


def load_bundle(folder: Path) -> Bundle:
    """The bundle that `save` described in a cache folder."""
    card = json.loads((folder / _CARD).read_text())
    return Bundle(path=zip_in(folder), **{**card, "modules": tuple(card["modules"])})
