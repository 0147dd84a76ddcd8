"""The project that is deployed: rendered from the shipped template, or the user's own.

The template is the same for `cookiecutter`, `athenaeum new` and the action, so that what a user starts from is what
was tested. `cookiecutter` renders the answers it is given as templates too; here they are data: only what the template
itself says is rendered.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from athenaeum import names
from athenaeum.config import CONFIG_FILE, Config
from athenaeum.errors import ConfigError, DiskError, MissingExtraError, UsageError


def template_dir() -> Path:
    """The template as the wheel carries it, or as it stands in the checkout."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "template", package.parent / "template"):
        if (folder / "cookiecutter.json").is_file():
            return folder
    raise MissingExtraError("This installation lacks its template folder.", remedy="Install athenaeum-deploy again.")


RULES: Mapping[str, names.Rule] = {
    "project_slug": names.PROJECT,
    "stack_name": names.STACK,
    "docs_path": names.FOLDER,
    "aws_region": names.REGION,
}
"""Answer → what it must be; the others are plain text or a number."""


def edition() -> int:
    """The number of the shipped template; it rises when a release has other files in it than the one before."""
    return int(json.loads((template_dir() / "cookiecutter.json").read_text(encoding="utf-8"))["_edition"])


def edition_dir(number: int) -> Path | None:
    """The template of that edition, as the package keeps it to upgrade from; None for one it does not know."""
    folder = template_dir() if number == edition() else template_dir() / "history" / str(number)
    return folder if (folder / "cookiecutter.json").is_file() else None


def render_project(parent: Path, *, answers: Mapping[str, object], slug: str = "") -> Path:
    """Write the project as a new folder of `parent` and return it.

    The folder appears at once or not at all. A folder that is already there is left alone (`UsageError`); an answer
    that could only fail later is a `ConfigError`.
    """
    context = answered({**answers, **({"project_slug": slug} if slug else {})})
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with (
            # cookiecutter renders the path it writes to as well, so that is not one that other people named.
            tempfile.TemporaryDirectory(prefix="athenaeum-new-") as rendered,
            tempfile.TemporaryDirectory(prefix=".athenaeum-new-", dir=parent) as folder,
        ):
            done = rendering(Path(rendered), context=context)
            made = shutil.copytree(done, Path(folder) / done.name)
            target = parent / made.name
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise UsageError(f"{target} is already there.", remedy="Choose another name or an empty folder.")
            if target.is_dir():
                target.rmdir()
            shutil.move(made, target)
            return target
    except OSError as error:
        raise DiskError(
            f"The project cannot be written to {parent}: {os.strerror(error.errno or 0)}.",
            remedy="Check the folder's permissions and free space.",
        ) from error


def rendering(folder: Path, *, context: Mapping[str, object], template: Path | None = None) -> Path:
    """Render `template` (default: the shipped one) with what `answered` gave, in an empty folder of our own."""
    try:
        from cookiecutter.exceptions import CookiecutterException
        from cookiecutter.generate import generate_files
    except ImportError as error:
        raise MissingExtraError(
            "Creating a project needs cookiecutter.", remedy='Install it: pip install "athenaeum-deploy[deploy]".'
        ) from error
    try:
        # Its hooks hold the answers of a person at cookiecutter's own prompt to the rules of `answered`.
        made = generate_files(
            str(template or template_dir()), {"cookiecutter": dict(context)}, str(folder), accept_hooks=False
        )
    except CookiecutterException as error:
        raise ConfigError(
            f"The template cannot be rendered: {type(error).__name__}.", remedy="Install athenaeum-deploy again."
        ) from error
    return Path(made)


def answered(answers: Mapping[str, object], *, template: Path | None = None) -> dict[str, object]:
    """The template's variables with these answers; what is not answered has the template's default.

    Defaults are templates over the variables before them, and are rendered; answers never are. `ConfigError` for a
    value that does not fit.
    """
    try:
        from cookiecutter.prompt import render_variable
        from cookiecutter.utils import create_env_with_context
    except ImportError as error:
        raise MissingExtraError(
            "Creating a project needs cookiecutter.", remedy='Install it: pip install "athenaeum-deploy[deploy]".'
        ) from error

    variables = json.loads(((template or template_dir()) / "cookiecutter.json").read_text(encoding="utf-8"))
    variables.pop("__prompts__", None)
    environment = create_env_with_context({"cookiecutter": variables})
    context: dict[str, object] = {}
    for name, default in variables.items():
        if name.startswith("_"):
            context[name] = default
        else:
            given = name in answers
            value = answers[name] if given else render_variable(environment, default, context)
            context[name] = _fitting(name, value, given=given)
    return context


def _fitting(name: str, value: object, *, given: bool) -> object:
    text = str(value)
    try:
        names.plain(text)
        if name in RULES:
            if not text:
                raise names.MisfitError(f"not {RULES[name].what}", RULES[name].takes)
            RULES[name].hold(text)
        if name == "memory_size" and not (text.isascii() and text.isdigit() and 128 <= int(text[:9]) <= 10_240):
            raise names.MisfitError("not a memory that Lambda has", "Give a number of MB from 128 to 10240.")
    except names.MisfitError as error:
        # A default follows from other answers, as the folder's name does from the project's.
        remedy = error.remedy if given else f"Give it: it was made from the answers before it. {error.remedy}"
        raise ConfigError(f"{name} is {names.shown(text)}, {error.reason}.", remedy=remedy) from None
    return value


def configured_project(folder: Path, *, config: Config, stack: str, environment: str = "") -> Path:
    """The template as a project of its own in `folder`, with this configuration in the place of the template's."""
    import yaml

    project = render_project(folder.parent, answers={"stack_name": stack}, slug=folder.name)
    # The environment has been applied; applied once more it would go before what an input has set.
    settings = config.model_dump(mode="json", exclude_defaults=True, exclude={"deploy": {"environments"}})
    if environment and config.deploy.domain.name:
        # But a domain holds only where an environment names it.
        settings["deploy"]["environments"] = {environment: {"domain": settings["deploy"].pop("domain")}}
    (project / CONFIG_FILE).write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return project


def own_project(path: Path) -> Path:
    """The user's own CDK app; `ConfigError` when there is none at `path`."""
    if not (path / "cdk.json").is_file():
        raise ConfigError(
            f"project-path {path} holds no cdk.json.",
            remedy="Name the folder of your CDK app, or leave project-path out to deploy the template.",
        )
    return path
