"""What a stack is told through CDK context, so that one app.py deploys to AWS and to the embedded AWS unchanged.

`cdk deploy -c athenaeum:architecture=x86_64 -c athenaeum:python=3.13`. An argument given in app.py wins over the
context, the context over the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from athenaeum.errors import SynthError

ARCHITECTURE = "athenaeum:architecture"
"""Context key: `arm64` or `x86_64`, the processor the function runs on."""
PYTHON = "athenaeum:python"
"""Context key: the Python minor of the function's runtime, as "3.13"."""
ENCODER = "athenaeum:encoder"
"""Context key: folder of the encoder to put into a layer, for stacks that are given no `index_path`."""
FINGERPRINT = "athenaeum:fingerprint"
"""Context key: what the stack was made from, as the action's digest; the stack carries it as an output."""
FINGERPRINT_OUTPUT = "Fingerprint"
"""Name of that output. An app that was not told has none; here, because reading it must not take the CDK."""
INDEX_BYTES = "athenaeum:index-bytes"
"""Context key: size of the index that will be published, for stacks that are given no `index_path`."""
QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
"""Context key by which every CDK app finds the bootstrap of a qualifier."""
ENVIRONMENT = "environment"
"""Context key: the deployment environment, as in `--context environment=prod`."""

ARCHITECTURES = ("arm64", "x86_64")
PYTHONS = ("3.11", "3.12", "3.13")
DEFAULT_ARCHITECTURE = "arm64"
DEFAULT_PYTHON = "3.13"


def qualifier_context(qualifier: str) -> dict[str, str]:
    """The context that makes an app use the bootstrap of a qualifier; empty for "", the CDK's own."""
    return {QUALIFIER: qualifier} if qualifier else {}


@dataclass(frozen=True, slots=True)
class Platform:
    """What the bundles are made for: `architecture` in AWS's spelling, `python` as a minor version."""

    architecture: str = DEFAULT_ARCHITECTURE
    python: str = DEFAULT_PYTHON

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise SynthError(
                f"The architecture {self.architecture!r} is not one that Lambda has.",
                remedy=f"Set {ARCHITECTURE} to one of: {', '.join(ARCHITECTURES)}.",
            )
        if self.python not in PYTHONS:
            raise SynthError(
                f"Python {self.python!r} is not a version the function can run on.",
                remedy=f"Set {PYTHON} to one of: {', '.join(PYTHONS)}.",
            )

    @property
    def wheel_platform(self) -> str:
        """The name uv gives to the platform; glibc 2.28 is below the 2.34 of Amazon Linux 2023."""
        machine = "aarch64" if self.architecture == "arm64" else "x86_64"
        return f"{machine}-manylinux_2_28"


def index_bytes_from(value: object) -> int:
    """What context `INDEX_BYTES` says, in bytes; 0 without it. `SynthError` for anything but a whole number."""
    text = str(value or "0")
    if not text.isdecimal():
        raise SynthError(
            f"The context {INDEX_BYTES} is {text!r}, which is no number of bytes.",
            remedy="Leave it out: the action sets it.",
        )
    return int(text)


def context_arguments(platform: Platform) -> list[str]:
    """The `cdk` arguments that make every construct of an app use `platform`."""
    return ["-c", f"{ARCHITECTURE}={platform.architecture}", "-c", f"{PYTHON}={platform.python}"]


def platform_from(context: Mapping[str, object], *, architecture: str = "", python: str = "") -> Platform:
    """The platform for a construct: its own arguments, else the context, else the defaults."""
    return Platform(
        architecture=architecture or str(context.get(ARCHITECTURE) or DEFAULT_ARCHITECTURE),
        python=python or str(context.get(PYTHON) or DEFAULT_PYTHON),
    )
