"""What a stack reads of an index folder before it takes it along: the live release, its manifest, its encoder."""

from dataclasses import dataclass, replace
from pathlib import Path

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index import layout
from athenaeum.index.format.checks import entry_of
from athenaeum.index.format.encoders import check_encoder
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import Pointer


@dataclass(frozen=True, slots=True)
class IndexFolder:
    """The live release of an index folder. `pointer` says that the stack owns the index."""

    folder: Path
    pointer: Pointer
    manifest: Manifest

    @property
    def release_folder(self) -> Path:
        """The folder of the live release."""
        return self.folder / layout.RELEASES / self.pointer.release

    @property
    def size(self) -> int:
        """Bytes of the release and its encoder, as a cold start downloads them."""
        encoder = sum(path.stat().st_size for path in self.encoder_folder.glob("*") if path.is_file())
        return encoder + sum(entry.size for entry in self.manifest.files.values())

    @property
    def encoder_folder(self) -> Path:
        """The folder of the encoder whose vectors the release holds."""
        files = self.manifest.encoder_files
        places = [self.folder / place for place in layout.encoder_places(self.manifest.encoder_digest, files)]
        wanted = files.get(layout.ENCODER_CARD)
        named = (place for place in places if wanted and _is(place / layout.ENCODER_CARD, wanted.sha256))
        return next(named, places[0])


def read_index(folder: Path) -> IndexFolder:
    """The index in `folder`, complete by name and size.

    `IndexNotFoundError` or `IndexBrokenError` is one sentence with the command that helps.
    """
    remedy = f"Build it: athenaeum index ./docs --output {folder}"
    try:
        pointer = Pointer.from_bytes((folder / layout.POINTER).read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "is empty or no index" if folder.is_dir() else "does not exist"
        raise IndexNotFoundError(f"The index folder {folder} {what}.", remedy=remedy) from error
    except OSError as error:
        raise IndexNotFoundError(
            f"The index folder {folder} cannot be read: {error.strerror}.", remedy=remedy
        ) from error
    release = folder / layout.RELEASES / pointer.release
    try:
        manifest = Manifest.from_bytes((release / layout.MANIFEST).read_bytes(), release=pointer.release)
        for name, entry in manifest.files.items():
            if (release / name).stat().st_size != entry.size:
                raise IndexBrokenError(f"The index in {folder} is damaged: {name} has another size.", remedy=remedy)
    except OSError as error:
        raise IndexBrokenError(
            f"The index in {folder} is incomplete: {error.filename} is missing.", remedy=remedy
        ) from error
    found = IndexFolder(folder=folder, pointer=replace(pointer, owner="stack"), manifest=manifest)
    if not (found.encoder_folder / layout.ENCODER_CARD).is_file():
        raise IndexBrokenError(
            f"The index in {folder} is incomplete: its encoder {manifest.encoder_digest} is missing.", remedy=remedy
        )
    check_encoder(found.encoder_folder, files=manifest.encoder_files)
    return found


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and entry_of(path).sha256 == sha256
