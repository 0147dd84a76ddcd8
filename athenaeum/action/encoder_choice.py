"""Which encoder a check may use: never one that the pull request names or brings.

Another model means that something is fetched, and torch installed to export it; weights in the repository may be
pickled. What anyone may propose must not do either on the runner, so a check takes the encoder of the base, whose owner
chose it: with one encoder on both sides the comparison shows what the change of the docs does, too.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from athenaeum.action.inputs import Inputs
from athenaeum.action.merge_base import Base, checked_out
from athenaeum.action.place import MERGED
from athenaeum.action.run import Run
from athenaeum.config import CONFIG_FILE, Config, Embedding, config_for, load_config
from athenaeum.errors import ConfigError


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
        place = folder / known.model if known.model else None
        in_base = place is not None and place.is_dir()
        if wanted != known or (in_base and place is not None and _differs(place, Path(known.model))):
            run.workflow.warning(
                "This pull request changes the encoder (`embedding`). A check neither fetches nor installs what a pull "
                "request names, so it is judged with the encoder of its base; the new one is used after the merge.",
                file=CONFIG_FILE if Path(CONFIG_FILE).is_file() else None,
            )
        if in_base:
            known = known.model_copy(update={"model": str(place)})
        elif known.model and not Path(known.model).is_absolute() and Path(known.model).exists():
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


def _differs(before: Path, now: Path) -> bool:
    """Whether the files of the two folders differ in name, size or bytes."""
    if _names(before) != _names(now):
        return True
    return any((before / name).read_bytes() != (now / name).read_bytes() for name in _names(before))


def _names(folder: Path) -> list[str]:
    return sorted(os.path.relpath(path, folder) for path in folder.rglob("*") if path.is_file())
