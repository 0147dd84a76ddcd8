"""What a generated project was made from: its record, or, for projects older than the record, what its files show."""

import difflib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum import names
from athenaeum.action.target.project import RULES, answered, edition, edition_dir, rendering
from athenaeum.config import CONFIG_FILE, Config, load_config
from athenaeum.errors import ConfigError, UsageError
from athenaeum.onboarding.pins import PACKAGE

RECORD = ".athenaeum/template.json"
"""The record, which the template itself writes: so projects of `cookiecutter` have it as well."""
_MOST = 65_536
_ALIKE = 0.3
"""How much of app.py must be the template's, from 0 to 1, for a project without a record to be one of ours."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The template's edition, the package's version then, and the answers. `recorded`: by a record, not by likeness."""

    edition: int
    version: str
    answers: Mapping[str, object]
    recorded: bool


def origin_of(project: Path) -> Origin:
    """What `project` was made from.

    `UsageError` for a folder that the template did not make or that a newer one made; `ConfigError` for a record that
    cannot be used.
    """
    if not (project / "app.py").is_file() or not (project / "cdk.json").is_file():
        raise UsageError(
            f"{project} is not a project of the template: it lacks app.py or cdk.json.",
            remedy="Name the folder that `athenaeum new` made.",
        )
    found = _recorded(project) if (project / RECORD).is_file() else _recognised(project)
    if found.edition > edition():
        raise UsageError(
            f"This project was made from a newer template (edition {found.edition}) than this version has.",
            remedy='Upgrade first: pip install --upgrade "athenaeum-deploy[deploy]".',
        )
    if edition_dir(found.edition) is None:
        raise ConfigError(
            f"{RECORD} names edition {found.edition} of the template, which there never was.",
            remedy="Put the number back from the history, or remove the file: the project is then recognised.",
            file=RECORD,
        )
    return found


def pristine(origin: Origin, folder: Path) -> Path:
    """The project as the template made it then, written into `folder`, which is empty and our own."""
    template = edition_dir(origin.edition)
    context = answered({**origin.answers, "project_slug": "project"}, template=template)
    return rendering(folder, context=context, template=template)


def _recorded(project: Path) -> Origin:
    try:
        data = (project / RECORD).read_bytes()
        said = json.loads(data) if len(data) <= _MOST else None
    except (OSError, ValueError, RecursionError):
        said = None
    answers = said.get("answers") if isinstance(said, dict) else None
    number = said.get("edition") if isinstance(said, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(answers, dict):
        raise ConfigError(
            f"{RECORD} cannot be read as the record of a template.",
            remedy="Put it back from the history, or remove it: the project is then recognised by its files.",
            file=RECORD,
        )
    plain = {str(key): value for key, value in answers.items() if isinstance(value, str | int)}
    return Origin(number, _pinned(project), plain, recorded=True)


def _recognised(project: Path) -> Origin:
    """The edition whose app.py is most like the project's, with the answers that its configuration holds now.

    An answer that the user has changed since does no harm: the old and the new template are rendered with the same
    one, and what they have in common is never touched.
    """
    config = load_config(project / CONFIG_FILE) if (project / CONFIG_FILE).is_file() else Config()
    text = (project / "app.py").read_text(encoding="utf-8", errors="replace").splitlines()
    answers = _answers(config)
    best, score = 0, 0.0
    for number in range(1, edition() + 1):
        with tempfile.TemporaryDirectory(prefix="athenaeum-new-") as folder:
            made = pristine(Origin(number, "", answers, recorded=False), Path(folder))
            lines = (made / "app.py").read_text(encoding="utf-8").splitlines()
        alike = difflib.SequenceMatcher(None, lines, text[:2000], autojunk=False)
        share = sum(block.size for block in alike.get_matching_blocks()) / len(lines)
        if share > score:
            best, score = number, share
    if score < _ALIKE:
        raise UsageError(
            f"{project} is not a project of the template: there is no {RECORD}, and app.py has little of the template.",
            remedy="An app of your own is not updated; its constructs are with the package.",
        )
    return Origin(best, _pinned(project), answers, recorded=False)


def _answers(config: Config) -> dict[str, object]:
    said: dict[str, object] = {
        "project_name": config.site.name,
        "stack_name": config.deploy.stack,
        "docs_path": config.docs.paths[0] if config.docs.paths else "",
        "site_url": config.site.url,
        "aws_region": config.deploy.region,
        "memory_size": config.deploy.memory,
    }
    return {key: value for key, value in said.items() if value and _fits(key, str(value))}


def _fits(name: str, value: str) -> bool:
    """Whether the template takes it as an answer: a configuration may say more, such as a folder above this one."""
    try:
        names.plain(value)
        if name in RULES:
            RULES[name].hold(value)
    except names.MisfitError:
        return False
    return True


def _pinned(project: Path) -> str:
    """The version that requirements.txt asks for: a bot may have raised it since, which is no conflict."""
    try:
        found = PACKAGE.search((project / "requirements.txt").read_text(encoding="utf-8", errors="replace")[:_MOST])
    except OSError:
        return ""
    return found[2] if found else ""
