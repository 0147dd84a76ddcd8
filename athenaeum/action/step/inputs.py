"""What a workflow can say: every input once, with its meaning, and how the text becomes a value.

action.yml and docs/action.md are checked against `INPUTS` by tests. GitHub hands a composite action no inputs by
itself, so action.yml maps each to `INPUT_<NAME>`; an input that is left out arrives as "".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from athenaeum import names
from athenaeum.config import Auth, Dialect, Gate, Provider
from athenaeum.errors import UsageError

MODES = ("auto", "deploy", "check", "publish", "rollback", "report", "destroy")
TARGETS = ("aws", "local")


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `setting` is the dotted name in athenaeum.yml that it overrides, "" when it has none.

    `rule` is what its value must be, where that is the name of something.
    """

    name: str
    description: str
    default: str = ""
    choices: tuple[str, ...] = ()
    setting: str = ""
    many: bool = False
    rule: names.Rule | None = None


INPUTS: tuple[Input, ...] = (
    Input("docs-path", "Docs folders or files, one per line.", "docs", setting="docs.paths", many=True),
    Input("mode", "What to do; auto deploys on a push and checks on a pull request.", "auto", MODES),
    Input("target", "aws, or local for the embedded AWS.", "aws; local under act", TARGETS),
    Input("config", "The configuration file.", "athenaeum.yml"),
    Input("project-path", "Folder of your own CDK app; without it the template is deployed."),
    Input(
        "stack-name",
        "Name of the CloudFormation stack.",
        "from the repository's name",
        setting="deploy.stack",
        rule=names.STACK,
    ),
    Input("environment", "Environment of athenaeum.yml to deploy.", rule=names.ENVIRONMENT),
    Input("aws-region", "AWS region.", "AWS_REGION of the job", setting="deploy.region", rule=names.REGION),
    Input("role-to-assume", "ARN of the role the job's OIDC token is exchanged for.", rule=names.ROLE),
    Input("include", "Globs of files to index, one per line.", setting="docs.include", many=True),
    Input("exclude", "Globs of files to leave out, one per line.", setting="docs.exclude", many=True),
    Input("chunk-size", "Most characters in a chunk.", "1600", setting="chunking.size"),
    Input("chunk-overlap", "Characters repeated from the chunk before.", "0", setting="chunking.overlap"),
    Input(
        "embed-model", "Hugging Face id or local folder of the encoder.", "all-MiniLM-L6-v2", setting="embedding.model"
    ),
    Input("site-url", "Address of the published site.", "from the site's own config file", setting="site.url"),
    Input("site-dialect", "Generator of the site.", "detected", tuple(filter(None, get_args(Dialect))), "site.dialect"),
    Input("questions", "The questions file.", ".athenaeum/questions.yml", setting="evaluation.questions"),
    Input("gate", "What a missed threshold does.", "warn", get_args(Gate), "evaluation.gate"),
    Input("release", "Release to go back to, in mode rollback.", "the one before"),
    Input(
        "force", "Publish although a guard refuses; in mode destroy, remove kept data too.", "false", ("true", "false")
    ),
    Input("llm-provider", "Who writes chat answers.", "none", tuple(filter(None, get_args(Provider))), "chat.provider"),
    Input("llm-model", "Model name at the provider.", setting="chat.model"),
    Input("auth", "Who may call the endpoint.", "none", tuple(filter(None, get_args(Auth))), "auth.mode"),
    Input("public", "A private repository agrees to a public endpoint.", "false", ("true", "false"), "auth.public"),
    Input("github-token", "Token for the pull request comment.", "the job's own token"),
    Input("working-directory", "Folder all paths are relative to.", "the checkout"),
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one run, checked. `settings` are the overrides of athenaeum.yml, by dotted name."""

    mode: str
    target: str
    config: Path | None
    project_path: Path | None
    environment: str
    role_to_assume: str
    release: str
    force: bool
    github_token: str
    working_directory: Path
    settings: Mapping[str, object]


def variable(name: str) -> str:
    """The environment variable that carries an input."""
    return "INPUT_" + name.replace("-", "_").upper()


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Check every input; `UsageError` names the first that cannot be used."""
    values = {each.name: environ.get(variable(each.name), "").strip() for each in INPUTS}
    for each in INPUTS:
        if each.choices and values[each.name] and values[each.name] not in each.choices:
            raise UsageError(
                f"Input {each.name} is {values[each.name]!r}.", remedy=f"It takes one of: {', '.join(each.choices)}."
            )
        if each.rule:
            each.rule.check(values[each.name], named=f"Input {each.name}")
    settings: dict[str, object] = {}
    for each in INPUTS:
        text = values[each.name]
        if each.setting and text:
            settings[each.setting] = _lines(text) if each.many else text
    return Inputs(
        mode=values["mode"] or "auto",
        target=values["target"] or environ.get("ATHENAEUM_TARGET", "") or _default_target(environ),
        config=Path(values["config"]) if values["config"] else None,
        project_path=Path(values["project-path"]) if values["project-path"] else None,
        environment=values["environment"],
        role_to_assume=values["role-to-assume"],
        release=values["release"],
        force=values["force"] == "true",
        github_token=values["github-token"],
        working_directory=Path(values["working-directory"] or "."),
        settings=settings,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _default_target(environ: Mapping[str, str]) -> str:
    # act has no OIDC and usually no account: a workflow that says nothing runs on the embedded AWS there.
    return "local" if environ.get("ACT") == "true" and not environ.get("AWS_ACCESS_KEY_ID") else "aws"
