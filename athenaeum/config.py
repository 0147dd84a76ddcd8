"""athenaeum.yml as a frozen model: what the owner of a docs repository can say, and what holds when they do not.

Every default lives here once. Precedence everywhere: flag > action input or environment > athenaeum.yml > default;
callers hand the first two as `overrides`, keyed by dotted name (`"chunking.size"`).
"""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from athenaeum import names
from athenaeum.errors import ConfigError
from athenaeum.git import LFS_REMEDY, is_lfs_pointer
from athenaeum.parsing import DataError, Node, plain_data, read_yaml
from athenaeum.settings import ServerSettings

CONFIG_FILE = "athenaeum.yml"
"""Looked for in the working directory when no other is named."""
_LARGEST_FILE = 1_000_000
_DEEPEST_SETTING = 8

Dialect = Literal["", "mkdocs", "docusaurus", "starlight", "vitepress", "hugo", "plain"]
Provider = Literal["", "none", "openai", "ollama", "bedrock"]
Auth = Literal["", "none", "oauth", "api-key", "iam"]
Gate = Literal["off", "warn", "fail"]
KNOWN_ENVIRONMENTS = ("dev", "prod", "production")
"""Environments that need no section of their own in `deploy.environments`."""


StackName = Annotated[str, AfterValidator(names.STACK.hold)]
RegionName = Annotated[str, AfterValidator(names.REGION.hold)]
EnvironmentName = Annotated[str, AfterValidator(names.ENVIRONMENT.hold)]
SecretName = Annotated[str, AfterValidator(names.SECRET.hold)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _is_plain_text(cls, value: object, info: ValidationInfo) -> object:
        for text in names.texts(value):
            names.plain(text, several_lines=info.field_name == "system_prompt")
        return value


class Docs(_Part):
    """Which files are pages."""

    paths: tuple[str, ...] = Field(("docs",), description="Docs folders or files, relative to the repository.")
    include: tuple[str, ...] = Field((), description="Globs of files to index; empty means every supported kind.")
    exclude: tuple[str, ...] = Field((), description="Globs of files to leave out.")
    weights: dict[str, Annotated[float, Field(ge=0, le=10)]] = Field(
        {},
        description="Glob → factor on the score of its pages; 0 leaves them out, 1 is neutral. The last match counts.",
    )

    @field_validator("paths", "include", "exclude", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class SiteConfig(_Part):
    """Where the pages are published."""

    url: str = Field("", description="Address of the published site; found from its own config file when left out.")
    dialect: Dialect = Field("", description="Generator whose URL and anchor rules hold; detected when left out.")
    name: str = Field("", description="Name shown on the web page and to agents.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
        if value and not urlsplit(value).netloc:
            raise ValueError("must name a host")
        return value


class ChunkSize(_Part):
    """Bounds of one chunk, in characters."""

    size: int = Field(1600, ge=100, le=100_000, description="Most characters in a chunk.")
    overlap: int = Field(0, ge=0, le=50_000, description="Characters repeated from the chunk before.")

    @model_validator(mode="after")
    def _overlap_leaves_room(self) -> "ChunkSize":
        if self.overlap > self.size // 2:
            raise ValueError(f"overlap {self.overlap} must be at most half of size {self.size}")
        return self


class Chunking(ChunkSize):
    """How pages are cut."""

    patterns: dict[str, ChunkSize] = Field({}, description="Glob → its own size and overlap. The last match counts.")


class Embedding(_Part):
    """Which encoder turns text into vectors."""

    model: str = Field("", description="Hugging Face id or local folder; all-MiniLM-L6-v2 when left out.")
    precision: Literal["", "int8", "fp32"] = Field("", description="int8 when its measured loss is small, else fp32.")


class Chat(_Part):
    """Who writes the answers of /chat/completions."""

    provider: Provider = Field("", description="none answers with the best passages and needs no key.")
    model: str = Field("", description="Model name at the provider.")
    base_url: str = Field("", description="Base URL of an OpenAI-compatible server or of Ollama.")
    secret: SecretName = Field(
        "", description="ARN of the secret, or /name of the SSM parameter, that holds OPENAI_API_KEY."
    )
    system_prompt: str = Field("", description="Added to the instructions, never in their place.")
    budget: int = Field(200_000, ge=0, description="Tokens a day for an endpoint without auth.")


class Thresholds(_Part):
    """What the evaluation must reach. A value of 0 is not checked."""

    recall: float = Field(0.0, ge=0, le=1, description="Least recall@5.")
    mrr: float = Field(0.0, ge=0, le=1, description="Least mean reciprocal rank.")
    max_drop: float = Field(0.05, ge=0, le=1, description="Most that either may fall below the live release.")
    page_loss: float = Field(0.3, ge=0, le=1, description="Largest share of pages a publish may lose.")


class Evaluation(_Part):
    """Questions that must keep their answers."""

    questions: str = Field(".athenaeum/questions.yml", description="The questions file; absent is fine.")
    gate: Gate = Field("warn", description="What a missed threshold does.")
    thresholds: Thresholds = Thresholds()


class Environment(_Part):
    """What one environment changes."""

    stack: StackName = Field("", description="Name of the CloudFormation stack; an environment's ends with its name.")
    region: RegionName = Field("", description="AWS region.")
    auth: Auth = Field("", description="Who may call the endpoint there; else `auth.mode`.")
    memory: int = Field(0, ge=0, le=10_240, description="MB; 0 keeps the default.")
    timeout: int = Field(0, ge=0, le=900, description="Seconds; 0 keeps the default.")
    retain: bool | None = Field(None, description="Keep the index when the stack is destroyed; in prod it is kept.")
    alarms: bool | None = Field(None, description="Alarms on errors, latency and spend; in prod they are on.")
    throttle_rate: float = Field(0, ge=0, description="Requests a second over all clients; 0 keeps the default.")
    throttle_burst: int = Field(0, ge=0, description="Requests that may come at once; 0 keeps the default.")


class Deploy(Environment):
    """Where the endpoint goes."""

    environments: dict[EnvironmentName, Environment] = Field({}, description="Environment name → what differs there.")


class AuthConfig(_Part):
    """Who may call the endpoint."""

    mode: Auth = Field("", description="none, oauth, api-key or iam; oauth where an issuer is named.")
    issuer: str = Field("", description="Issuer of the tokens, as they name it.")
    audience: str = Field("", description="Audience the tokens must be for.")
    jwks_url: str = Field("", description="Address of the issuer's keys; else its discovery document tells.")
    public: bool = Field(False, description="A private repository agrees to a public endpoint.")


class Config(_Part):
    """The whole of athenaeum.yml."""

    docs: Docs = Docs()
    site: SiteConfig = SiteConfig()
    chunking: Chunking = Chunking()
    embedding: Embedding = Embedding()
    chat: Chat = Chat()
    evaluation: Evaluation = Evaluation()
    deploy: Deploy = Deploy()
    auth: AuthConfig = AuthConfig()


def stack_name_in(name: str, environment: str) -> str:
    """The name of a stack in an environment, which it ends with; the same again for one that already does.

    `ConfigError` where the two together are no stack's name.
    """
    whole = f"{name}-{environment}" if environment and not name.endswith(f"-{environment}") else name
    try:
        return names.STACK.hold(whole)
    except names.MisfitError as error:
        raise ConfigError(
            f"In the environment {environment} the stack would be called {names.shown(whole)}, {error.reason}.",
            remedy=f"Name it: deploy.environments.{environment}.stack. {error.remedy}",
        ) from None


def config_for(config: Config, environment: str, *, given: Collection[str] = ()) -> Config:
    """The configuration as it holds in an environment ("" is none); `ConfigError` for one that was not meant.

    What the environment says goes before what `deploy` and `auth` say for all of them, and behind the dotted names in
    `given`, which a flag or an input has set.
    """
    every = config.deploy.environments
    if environment and every and environment not in (*every, *KNOWN_ENVIRONMENTS):
        near = difflib.get_close_matches(environment, every, n=1)
        raise ConfigError(
            f"There is no environment {environment!r} in the configuration.",
            remedy=f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(every)}.",
        )
    there = every.get(environment, Environment())
    said = {name: getattr(there, name) for name in there.model_fields_set if f"deploy.{name}" not in given}
    if config.deploy.stack and not said.get("stack"):
        said["stack"] = stack_name_in(config.deploy.stack, environment)
    chosen = config.auth.mode if "auth.mode" in given else there.auth or config.auth.mode
    mode = chosen or ("oauth" if config.auth.issuer else "")
    return config.model_copy(
        update={
            "deploy": config.deploy.model_copy(update=said),
            "auth": config.auth.model_copy(update={"mode": mode}),
        }
    )


def server_settings(config: Config) -> ServerSettings:
    """What the owner's configuration means for the deployed server."""
    oauth = config.auth if config.auth.mode == "oauth" else AuthConfig()
    return ServerSettings(
        oauth_issuer=oauth.issuer,
        oauth_audience=oauth.audience,
        oauth_jwks_url=oauth.jwks_url,
        site_name=config.site.name,
        chat_provider=config.chat.provider,
        chat_model=config.chat.model,
        chat_base_url=config.chat.base_url,
    )


def load_config(path: Path | None = None, *, overrides: Mapping[str, object] | None = None) -> Config:
    """Read the configuration; raise `ConfigError` with file and line for anything that cannot be used.

    `path` None means `athenaeum.yml` of the working directory if there is one; a path that is named must exist.
    `overrides` maps dotted names to values; None and "" leave the file's value.
    """
    file = path or Path(CONFIG_FILE)
    data: dict[str, Any] = {}
    lines: dict[tuple[str, ...], int] = {}
    if file.is_file():
        data, lines = _read_yaml(file)
    elif path is not None:
        raise ConfigError(f"There is no configuration file {path}.", remedy="Create it or name another with --config.")
    given = {name: value for name, value in (overrides or {}).items() if value is not None and value != ""}
    for name, value in given.items():
        _put(data, name.split("."), value)
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise _explain(error, file=file, lines=lines, given=set(given)) from error


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
