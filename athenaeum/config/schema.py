"""athenaeum.yml as a frozen model: what the owner of a docs repository can say, and what holds when they do not.

Every default lives here once. Precedence everywhere: flag > action input or environment > athenaeum.yml > default;
callers hand the first two as `overrides`, keyed by dotted name (`"chunking.size"`).
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from athenaeum import names

Dialect = Literal["", "mkdocs", "docusaurus", "starlight", "vitepress", "hugo", "plain"]
Provider = Literal["", "none", "openai", "ollama", "bedrock"]
Auth = Literal["", "none", "oauth", "api-key", "iam"]
Gate = Literal["off", "warn", "fail"]
PRODUCTION = ("prod", "production")
"""Environments whose data outlives their stack."""
KNOWN_ENVIRONMENTS = ("dev", *PRODUCTION)
"""Environments that need no section of their own in `deploy.environments`."""


StackName = Annotated[str, AfterValidator(names.STACK.hold)]
RegionName = Annotated[str, AfterValidator(names.REGION.hold)]
EnvironmentName = Annotated[str, AfterValidator(names.ENVIRONMENT.hold)]
SecretName = Annotated[str, AfterValidator(names.SECRET.hold)]
DomainName = Annotated[str, AfterValidator(names.DOMAIN.hold)]
CertificateArn = Annotated[str, AfterValidator(names.CERTIFICATE.hold)]
ZoneId = Annotated[str, AfterValidator(names.ZONE.hold)]
WebAclArn = Annotated[str, AfterValidator(names.WEB_ACL.hold)]
Qualifier = Annotated[str, AfterValidator(names.QUALIFIER.hold)]
PolicyArn = Annotated[str, AfterValidator(names.POLICY.hold)]
Origin = Annotated[str, AfterValidator(names.ORIGIN.hold)]


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


LOG_RETENTIONS: Mapping[int, str] = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1827: "FIVE_YEARS",
    3653: "TEN_YEARS",
}
"""Days for which CloudWatch can keep logs → the CDK's name."""


class Domain(_Part):
    """A domain of your own in front of the endpoint."""

    name: DomainName = Field("", description="Domain of the endpoint, such as search.example.com.")
    certificate: CertificateArn = Field(
        "", description="ARN of its certificate, in the stack's region; issued and validated in `zone` when left out."
    )
    zone: ZoneId = Field("", description="Id of the hosted zone that gets the domain's records.")

    @model_validator(mode="after")
    def _is_whole(self) -> "Domain":
        if self.name and not (self.certificate or self.zone):
            raise ValueError("needs a certificate, or the zone to have one issued in")
        if (self.certificate or self.zone) and not self.name:
            raise ValueError("needs a name")
        return self


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
    domain: Domain = Field(Domain(), description="Domain of your own; but for prod, an environment names its own.")
    web_acl: WebAclArn = Field("", description="ARN of a regional WAF web ACL in front of the endpoint.")
    cors: tuple[Origin, ...] = Field(
        (), description="Origins whose pages may read answers in a browser; every origin when left out."
    )
    qualifier: Qualifier = Field("", description="Qualifier of the CDK's bootstrap to deploy with; else the CDK's own.")
    permissions_boundary: PolicyArn = Field("", description="ARN of a managed policy that bounds the stack's roles.")
    log_retention: int = Field(
        0, description="Days that logs are kept, as CloudWatch counts them; 0 keeps the default of 30."
    )

    @field_validator("cors", mode="before")
    @classmethod
    def _one_origin_is_a_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("log_retention")
    @classmethod
    def _is_kept_by_cloudwatch(cls, value: int) -> int:
        if value and value not in LOG_RETENTIONS:
            raise ValueError(f"must be one of {', '.join(map(str, LOG_RETENTIONS))}")
        return value


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
