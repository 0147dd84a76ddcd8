"""Which encoder a check may use: never one that the pull request names or brings.

Another model means that something is fetched, and torch installed to export it; weights in the repository may be
pickled. What anyone may propose must not do either on the runner, so a check takes the encoder of the base, whose owner
chose it: with one encoder on both sides the comparison shows what the change of the docs does, too.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from athenaeum.action.place import MERGED
from athenaeum.action.pull_request.merge_base import Base, checked_out
from athenaeum.action.step.inputs import Inputs
from athenaeum.action.step.run import Run
from athenaeum.config import CONFIG_FILE, Config, Embedding, config_for, load_config
from athenaeum.errors import ConfigError

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\n")
_LONGEST_POINTER = 1024


def is_proposed(environ: Mapping[str, str]) -> bool:
    """Whether this job runs for what someone proposes, which need not be someone who may write to the repository."""
    return environ.get("GITHUB_EVENT_NAME", "") not in MERGED


@contextlib.contextmanager
def with_known_encoder(run: Run, base: Base, *, scratch: Path) -> Iterator[Run]:
    """`run` with the encoder of the commit `base` for as long as the block lasts.

    A model that is a folder of the repository is read from that commit. `ConfigError` where the base is not known and
    the encoder is not the default one, or where the pull request adds a folder by the model's name.
    """
    wanted = run.config.embedding
    if not is_proposed(run.environ):
        yield run
        return
    there = checked_out(base.commit, folder=Path(), scratch=scratch) if base.commit else contextlib.nullcontext(None)
    with there as folder:
        if folder is None:
            if wanted != Embedding():
                raise ConfigError(
                    "What encoder the base uses is not known, and a check uses none that a pull request names.",
                    remedy="Give actions/checkout `fetch-depth: 0`.",
                )
            yield run
            return
        known = _embedding_of(folder, run.inputs)
        before = folder / known.model if known.model else folder / "none"
        kept = before.is_dir() and is_same_folder(before, Path(known.model))
        if wanted != known or (before.is_dir() and not kept):
            run.workflow.warning(
                "This pull request changes the encoder (`embedding`). A check neither fetches nor installs what a pull "
                "request names, so it is judged with the encoder of its base; the new one is used after the merge.",
                file=CONFIG_FILE if Path(CONFIG_FILE).is_file() else None,
            )
        if before.is_dir() and not kept:
            if any(_lfs_hash(before / name) for name in _names(before)):
                raise ConfigError(
                    f"The pull request changes the model in {known.model}, and git has the base's in Git LFS alone.",
                    remedy="Merge the new model by itself; a check uses no model that a pull request brings.",
                )
            known = known.model_copy(update={"model": str(before)})
        elif not before.is_dir() and known.model and _is_in_checkout(Path(known.model)):
            raise ConfigError(
                f"The pull request adds {known.model}, and the encoder of its base is a model of that name.",
                remedy="Call the folder something else; a check uses no model that a pull request brings.",
            )
        yield replace(run, config=run.config.model_copy(update={"embedding": known}))


def same_encoder(run: Run, config: Config) -> Config:
    """`config`, that of the base, with the encoder of `run` where `with_known_encoder` has chosen it."""
    return config.model_copy(update={"embedding": run.config.embedding}) if is_proposed(run.environ) else config


def _embedding_of(folder: Path, inputs: Inputs) -> Embedding:
    """The encoder as configured in `folder`; the default one where there is no configuration that can be used."""
    try:
        with contextlib.chdir(folder):
            named = inputs.config if inputs.config and inputs.config.is_file() else None
            return config_for(
                load_config(named, overrides=inputs.settings), inputs.environment, given=inputs.settings
            ).embedding
    except (ConfigError, OSError):
        return Embedding()


def is_same_folder(before: Path, now: Path) -> bool:
    """Whether `now` has the files of `before`, byte by byte or by the hash that a Git LFS pointer in `before` names."""
    names = _names(before)
    return names == _names(now) and all(_is_same(before / name, now / name) for name in names)


def _is_same(before: Path, now: Path) -> bool:
    with now.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    with before.open("rb") as file:
        return found in (hashlib.file_digest(file, "sha256").hexdigest(), _lfs_hash(before))


def _lfs_hash(file: Path) -> str:
    """The sha256 that a pointer of Git LFS names; "" for any other file."""
    if file.stat().st_size > _LONGEST_POINTER:
        return ""
    found = _POINTER.match(file.read_bytes())
    return found[1].decode() if found else ""


def _is_in_checkout(model: Path) -> bool:
    return not model.is_absolute() and model.exists()


def _names(folder: Path) -> list[str]:
    return sorted(os.path.relpath(path, folder) for path in folder.rglob("*") if path.is_file())
