"""Reading athenaeum.yml: every fault is one sentence with file, line and remedy.

Precedence everywhere: flag > action input or environment > athenaeum.yml > default; callers hand the first two as
`overrides`, keyed by dotted name (`"chunking.size"`).
"""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ValidationError,
)

from athenaeum import names
from athenaeum.config.schema import Config
from athenaeum.errors import ConfigError
from athenaeum.git import LFS_REMEDY, is_lfs_pointer
from athenaeum.parsing import DataError, Node, plain_data, read_yaml
from athenaeum.places import place_problem

CONFIG_FILE = "athenaeum.yml"
"""Looked for in the working directory when no other is named."""


_LARGEST_FILE = 1_000_000


_DEEPEST_SETTING = 8


def load_config(path: Path | None = None, *, overrides: Mapping[str, object] | None = None) -> Config:
    """Read the configuration; raise `ConfigError` with file and line for anything that cannot be used.

    `path` None means `athenaeum.yml` of the working directory if there is one; a path that is named must exist.
    `overrides` maps dotted names to values; None and "" leave the file's value.
    """
    file = path or Path(CONFIG_FILE)
    data: dict[str, Any] = {}
    lines: dict[tuple[str, ...], int] = {}
    if path is None and file.is_symlink() and (problem := place_problem(str(file), hidden=True)):
        raise ConfigError(
            f"{file} is a link to what {problem}.", remedy="Replace it by a file, or name it with --config."
        )
    if file.is_file():
        data, lines = _read_yaml(file)
    elif path is not None:
        raise ConfigError(f"There is no configuration file {path}.", remedy="Create it or name another with --config.")
    given = {name: value for name, value in (overrides or {}).items() if value is not None and value != ""}
    for name, value in given.items():
        _put(data, name.split("."), value)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise _explain(error, file=file, lines=lines, given=set(given)) from error
    _hold_places(config, file=file, lines=lines, given=set(given))
    return config


def _hold_places(config: Config, *, file: Path, lines: Mapping[tuple[str, ...], int], given: Collection[str]) -> None:
    """`ConfigError` for a file or folder that the configuration's own file must not name."""
    named = {"docs.paths": config.docs.paths, "evaluation.questions": (config.evaluation.questions,)}
    for name, paths in named.items():
        where = tuple(name.split("."))
        # The default of the questions may be a link; docs roots are held to that where they are read.
        held = where in lines or name == "evaluation.questions"
        for path in paths if held and name not in given else ():
            if problem := place_problem(path, hidden=name != "docs.paths"):
                raise ConfigError(
                    f"`{name}` names {names.shown(path)}, which {problem}.",
                    remedy="Name what is in the repository; only the command line and the workflow may name others.",
                    file=str(file) if where in lines else None,
                    line=lines.get(where),
                )


def _put(data: dict[str, Any], names: list[str], value: object) -> None:
    for name in names[:-1]:
        inner = data.get(name)
        data[name] = dict(inner) if isinstance(inner, dict) else {}
        data = data[name]
    data[names[-1]] = value


def _read_yaml(file: Path) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    try:
        size = file.stat().st_size
        text = file.read_text(encoding="utf-8-sig") if size <= _LARGEST_FILE else ""
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{file} is not text in UTF-8.",
            remedy="Save it as UTF-8.",
            file=str(file),
            line=error.object.count(b"\n", 0, error.start) + 1,
        ) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", remedy="Check its permissions.") from error
    if size > _LARGEST_FILE:
        raise ConfigError(
            f"{file} is larger than {_LARGEST_FILE // 1_000_000} MB.",
            remedy="Settings are a few lines.",
            file=str(file),
        )
    if is_lfs_pointer(text.encode()):
        raise ConfigError(
            f"{file} is a Git LFS pointer, and its content is not checked out.",
            remedy=LFS_REMEDY,
            file=str(file),
            line=1,
        )
    try:
        node = read_yaml(text)
        data = None if node is None else plain_data(node)
    except DataError as error:
        raise ConfigError(
            f"{file} is not valid YAML: {error.problem}.",
            remedy="Correct the line; indentation and unquoted colons are the usual causes.",
            file=str(file),
            line=error.line or None,
        ) from error
    if data is None:
        return {}, {}
    if not isinstance(data, dict):
        raise ConfigError(
            f"{file} holds a {type(data).__name__}, not settings by name.",
            remedy="Begin with a name such as `docs:`.",
            file=str(file),
            line=1,
        )
    lines: dict[tuple[str, ...], int] = {}
    _note_lines(node, (), lines)
    return data, lines


def _note_lines(node: Node | None, at: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    # Settings are named by no more parts than this; a merge's own name is none of them.
    if node is None or node.kind != "mapping" or len(at) >= _DEEPEST_SETTING:
        return
    for key, value in node.value:
        here = (*at, str(key.value))
        lines[here] = key.line
        _note_lines(value, here, lines)


def _explain(error: ValidationError, *, file: Path, lines: dict[tuple[str, ...], int], given: set[str]) -> ConfigError:
    first = error.errors()[0]
    # Pydantic marks a key that is refused by one more part.
    where = tuple(str(part) for part in first["loc"] if part != "[key]")
    name = ".".join(where)
    line = next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), None)
    if first["type"] == "extra_forbidden":
        known = known_keys(where[:-1])
        near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.5)
        message = f"Unknown setting `{name if len(name) <= names.SHOWN else name[: names.SHOWN] + '…'}`."
        remedy = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
    else:
        reason = first["msg"].removeprefix("Value error, ")
        message = f"`{name}` is {names.shown(first['input'])}: {reason[0].lower()}{reason[1:]}."
        misfit = first.get("ctx", {}).get("error")
        known_remedy = misfit.remedy if isinstance(misfit, names.MisfitError) else ""
        remedy = known_remedy or "Correct the value; docs/configuration.md lists what each setting takes."
    from_file = name not in given and not any(name.startswith(f"{key}.") for key in given)
    return ConfigError(
        message, remedy=remedy, file=str(file) if from_file and line else None, line=line if from_file else None
    )


def known_keys(where: tuple[str, ...]) -> list[str]:
    """The names a section of the configuration takes; `where` is its path."""
    model: Any = Config
    for part in where:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            break
        if part not in model.model_fields:
            # A key of a mapping such as `environments`: its values are the section.
            continue
        annotation = model.model_fields[part].annotation
        arguments = getattr(annotation, "__args__", ())
        model = arguments[-1] if arguments else annotation
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
