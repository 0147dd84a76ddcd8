"""The whole error tree: what went wrong, the remedy, the exit code and the HTTP status. The only place for each.

Every class has its own exit code (a test checks it) and a `code`, which is the machine-readable name in HTTP errors
and the anchor of its entry in docs/troubleshooting.md. The message is one sentence; the remedy is what to do next.
Neither may hold a secret or, when served over HTTP, a path of the host.
"""

from typing import ClassVar


class AthenaeumError(Exception):
    """Root of everything this package raises on purpose.

    `file` and `line` name the place in the user's own files that the user can change, for annotations.
    """

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    type: ClassVar[str] = "server_error"

    def __init__(self, message: str, *, remedy: str = "", file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.file = file
        self.line = line

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(AthenaeumError):
    """The command line or an action input is off. 2 is the shell's own code for it."""

    exit_code, status, code, type = 2, 400, "usage_error", "invalid_request_error"


class MissingExtraError(AthenaeumError):
    """An optional part of the package is not installed."""

    exit_code, code = 3, "missing_extra"


class MissingToolError(AthenaeumError):
    """A program this step needs is not on the machine."""

    exit_code, code = 4, "missing_tool"


class NotReadyError(AthenaeumError):
    """`athenaeum doctor` found something missing."""

    exit_code, code = 5, "not_ready"


class EventError(AthenaeumError):
    """The event that began the job may not do this."""

    exit_code, code = 6, "event_refused"


class ConfigError(AthenaeumError):
    """athenaeum.yml, or a value that overrides it, cannot be used."""

    exit_code, code = 10, "config_error"


class DocsNotFoundError(AthenaeumError):
    """The docs folder does not exist or cannot be read."""

    exit_code, code = 11, "docs_not_found"


class NoPagesError(AthenaeumError):
    """No page is left to index."""

    exit_code, code = 12, "no_pages"


class PageError(AthenaeumError):
    """One page cannot be read or parsed."""

    exit_code, code = 13, "page_error"


class ModelError(AthenaeumError):
    """The embedding model cannot be found, exported or used."""

    exit_code, code = 14, "model_error"


class ParityError(ModelError):
    """The exported model does not give the vectors of its source."""

    exit_code, code = 15, "parity_error"


class DiskError(AthenaeumError):
    """The disk is full or a file cannot be written."""

    exit_code, code = 16, "disk_error"


class BusyError(AthenaeumError):
    """Another process is writing the same place."""

    exit_code, status, code = 17, 409, "busy"


class ConflictError(AthenaeumError):
    """Two changes of the same lines are left for a person to choose from."""

    exit_code, code = 18, "conflict"


class IndexNotFoundError(AthenaeumError):
    """There is no index where one was named."""

    exit_code, status, code = 20, 503, "index_not_found"


class IndexBrokenError(AthenaeumError):
    """A release is incomplete or its files are not what the manifest says."""

    exit_code, status, code = 21, 503, "index_broken"


class IndexFormatError(AthenaeumError):
    """The index was written in a format this version does not read."""

    exit_code, status, code = 22, 503, "index_format"


class StoreError(AthenaeumError):
    """The folder or bucket of the index cannot be reached."""

    exit_code, status, code = 23, 503, "store_unreachable"


class GuardError(AthenaeumError):
    """A publish was refused: it would lose too much, or go back to an older commit."""

    exit_code, status, code = 24, 409, "publish_guard"


class LostRaceError(AthenaeumError):
    """Another publisher moved the pointer first."""

    exit_code, status, code = 25, 409, "lost_race"


class OwnerError(AthenaeumError):
    """The index belongs to the stack that was given `index_path`."""

    exit_code, status, code = 26, 409, "owned_by_stack"


class ReleaseNotFoundError(AthenaeumError):
    """The named release is not kept."""

    exit_code, status, code = 27, 404, "release_not_found"


class QuestionsError(AthenaeumError):
    """The questions file cannot be used."""

    exit_code, code = 30, "questions_error"


class GateError(AthenaeumError):
    """The evaluation is below the owner's thresholds."""

    exit_code, code = 31, "gate_failed"


class LinksError(AthenaeumError):
    """Internal links or anchors are broken."""

    exit_code, code = 32, "broken_links"


class SynthError(AthenaeumError):
    """The stack cannot be synthesised."""

    exit_code, code = 40, "synth_failed"


class BundleError(AthenaeumError):
    """A layer or the function cannot be bundled."""

    exit_code, code = 41, "bundle_failed"


class SizeError(AthenaeumError):
    """Everything together is larger than AWS allows."""

    exit_code, code = 42, "too_large"


class DeployError(AthenaeumError):
    """`cdk deploy` failed."""

    exit_code, code = 43, "deploy_failed"


class CredentialsError(AthenaeumError):
    """AWS credentials are missing, expired or not allowed to do this."""

    exit_code, code = 44, "credentials"


class LocalAwsError(AthenaeumError):
    """The embedded AWS cannot do what was asked."""

    exit_code, code = 45, "local_aws"


class StackNotFoundError(AthenaeumError):
    """There is no such stack."""

    exit_code, status, code = 46, 404, "stack_not_found"


class SmokeTestError(AthenaeumError):
    """The deployed endpoint does not answer as it must."""

    exit_code, code = 47, "smoke_test_failed"


class PublicEndpointError(AthenaeumError):
    """A private repository would get a public endpoint without having said so."""

    exit_code, code = 48, "public_endpoint"


class VerificationError(AthenaeumError):
    """A check of a deployed stack failed."""

    exit_code, code = 49, "verification_failed"


class DestroyError(AthenaeumError):
    """A stack could not be removed."""

    exit_code, code = 50, "destroy_failed"


class AwsError(AthenaeumError):
    """AWS refused a request, or could not be reached."""

    exit_code, code = 51, "aws_refused"


class RequestError(AthenaeumError):
    """The HTTP request is not what the route takes."""

    exit_code, status, code, type = 60, 400, "invalid_request", "invalid_request_error"

    def __init__(self, message: str, *, param: str | None = None, remedy: str = "", code: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.param = param
        if code:
            # More precise than the class's own, as OpenAI's codes are.
            self.code = code  # type: ignore[misc]


class PageNotFoundError(AthenaeumError):
    """No such page in the index."""

    exit_code, status, code, type = 61, 404, "page_not_found", "invalid_request_error"


class PayloadTooLargeError(AthenaeumError):
    """The request body is larger than the server takes."""

    exit_code, status, code, type = 62, 413, "payload_too_large", "invalid_request_error"


class UnsupportedMediaError(AthenaeumError):
    """The request body is of a type the route does not take."""

    exit_code, status, code, type = 66, 415, "unsupported_media_type", "invalid_request_error"


class UnauthorizedError(AthenaeumError):
    """The request carries no valid token."""

    exit_code, status, code, type = 63, 401, "unauthorized", "authentication_error"


class IssuerUnavailableError(AthenaeumError):
    """The keys that tokens are checked with cannot be read from their issuer."""

    exit_code, status, code, type = 73, 503, "issuer_unavailable", "server_error"


class BudgetExceededError(AthenaeumError):
    """The endpoint's token budget is used up."""

    exit_code, status, code, type = 64, 429, "budget_exceeded", "rate_limit_error"


class ProviderError(AthenaeumError):
    """The language-model provider failed or refused."""

    exit_code, status, code, type = 65, 502, "provider_error", "server_error"


class ProviderKeyError(ProviderError):
    """The language-model provider's key or role is missing or was refused."""

    exit_code, status, code, type = 67, 502, "provider_key", "server_error"


class ProviderBusyError(ProviderError):
    """The language-model provider limits its rate."""

    exit_code, status, code, type = 68, 429, "provider_busy", "rate_limit_error"


class ProviderTimeoutError(ProviderError):
    """The language-model provider was silent for too long."""

    exit_code, status, code, type = 69, 504, "provider_timeout", "server_error"


class ModelNotFoundError(AthenaeumError):
    """The endpoint does not offer the model that was asked for."""

    exit_code, status, code, type = 70, 404, "model_not_found", "invalid_request_error"


class MisdirectedError(AthenaeumError):
    """The request is addressed to a host name this server does not answer to."""

    exit_code, status, code, type = 71, 421, "misdirected_request", "invalid_request_error"


class ForbiddenOriginError(AthenaeumError):
    """A page of another site may not use this server."""

    exit_code, status, code, type = 72, 403, "forbidden_origin", "invalid_request_error"


class InterruptedBuildError(AthenaeumError):
    """Ctrl-C or a termination signal; 130 is the shell's own code for it."""

    exit_code, code = 130, "interrupted"
