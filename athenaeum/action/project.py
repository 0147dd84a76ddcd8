"""The project that is deployed: rendered from the shipped template, or the user's own.

The template is the same for `cookiecutter`, `athenaeum new` and the action, so that what a user starts from is what
was tested.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from athenaeum.config import CONFIG_FILE, Config
from athenaeum.errors import ConfigError, DiskError, MissingExtraError, UsageError


def template_dir() -> Path:
    """The template as the wheel carries it, or as it stands in the checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "template", package.parent / "template"):
        if (folder / "cookiecutter.json").is_file():
            return folder
    raise MissingExtraError("This installation lacks its template folder.", remedy="Install athenaeum-deploy again.")


def render_project(parent: Path, *, answers: Mapping[str, object], slug: str = "") -> Path:
    """Write the project as a new folder of `parent` and return it.

    The folder appears at once or not at all. A folder that is already there is left alone (`UsageError`).
    """
    try:
        from cookiecutter.exceptions import CookiecutterException
        from cookiecutter.main import cookiecutter
    except ImportError as error:
        raise MissingExtraError(
            "Creating a project needs cookiecutter.", remedy='Install it: pip install "athenaeum-deploy[deploy]".'
        ) from error
    context = {**answers, **({"project_slug": slug} if slug else {})}
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".athenaeum-new-", dir=parent) as folder:
            try:
                made = cookiecutter(
                    str(template_dir()),
                    no_input=True,
                    extra_context=context,
                    output_dir=folder,
                    # Nobody's ~/.cookiecutterrc may change what is rendered.
                    default_config=True,
                )
            except CookiecutterException as error:
                raise ConfigError(
                    "The template refuses these answers.", remedy="Its reason stands above; correct the value."
                ) from error
            target = parent / Path(made).name
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


def configured_project(folder: Path, *, config: Config, stack: str) -> Path:
    """The template as a project of its own in `folder`, with this configuration in the place of the template's."""
    import yaml

    project = render_project(folder.parent, answers={"stack_name": stack}, slug=folder.name)
    # The environment has been applied; applied once more it would go before what an input has set.
    settings = config.model_dump(mode="json", exclude_defaults=True, exclude={"deploy": {"environments"}})
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
