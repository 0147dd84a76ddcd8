"""Names that leave the configuration and become part of something else: one rule for each, as AWS or GitHub has it.

A stack, a region, a role and an environment end in commands, policies, addresses and outputs. They are held to these
rules where they are read (athenaeum.yml, the action's inputs, the command line), so that nothing further on has to
wonder what a name may contain. A rule is a pattern without a choice for the matcher, and so costs linear time.
"""

import argparse
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from athenaeum.errors import UsageError

SHOWN = 80
"""Characters of a refused value that a message repeats."""


class MisfitError(ValueError):
    """A value that its rule refuses: `reason` goes on from "it is …", `remedy` says what is taken."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of name is. `what` ends the sentence "… is not", `takes` is the remedy."""

    what: str
    pattern: str
    takes: str

    def hold(self, value: str) -> str:
        """The value when it fits or is empty, which stands for "not said"; else `MisfitError`."""
        if value and not re.fullmatch(self.pattern, value):
            raise MisfitError(f"not {self.what}", self.takes)
        return value

    def check(self, value: str, *, named: str) -> str:
        """As `hold`, with an error for a person; `named` says where the value came from, as in "Input stack-name"."""
        try:
            return self.hold(value)
        except MisfitError as error:
            raise UsageError(f"{named} is {shown(value)}, which is {error.reason}.", remedy=error.remedy) from None

    def need(self, value: str, *, named: str) -> str:
        """As `check`, for a name that has to be there."""
        if not value:
            raise UsageError(f"{named} is not named.", remedy=self.takes)
        return self.check(value, named=named)

    def flag(self, text: str) -> str:
        """As `hold`, for the `type` of a flag of the command line."""
        try:
            return self.hold(text)
        except MisfitError as error:
            raise argparse.ArgumentTypeError(f"{shown(text)} is {error.reason}. {error.remedy}") from None


STACK = Rule(
    "a CloudFormation stack name",
    r"[A-Za-z][A-Za-z0-9-]{0,127}",
    "Use letters, digits and dashes, beginning with a letter, at most 128 characters.",
)
SERVER = Rule(
    "a stack name, or NAME/SERVER",
    rf"{STACK.pattern}(/[A-Za-z0-9]{{1,128}})?",
    f"{STACK.takes} SERVER is the construct's id.",
)
"""A server of a stack that has several."""
SERVER_ID = Rule("the id of a construct", r"[A-Za-z0-9]{1,128}", "Use letters and digits, such as Server.")
APP_STACK = Rule(
    "a stack of a CDK app",
    rf"{STACK.pattern}(/{STACK.pattern}){{0,8}}",
    f"{STACK.takes} A stack of a stage may be named STAGE/STACK.",
)
REGION = Rule(
    "an AWS region",
    r"[a-z]{2,5}(-[a-z]{2,12}){1,3}-[0-9]{1,2}",
    "Write it as AWS does, such as eu-central-1.",
)
ROLE = Rule(
    "the ARN of an IAM role",
    # A path is any printable ASCII between slashes; a role's name is at most 64 of these characters.
    r"arn:aws(-[a-z]{1,8}){0,3}:iam::[0-9]{12}:role/([!-.0-~]{1,510}/){0,64}[A-Za-z0-9_+=,.@-]{1,64}",
    "Write it as IAM shows it: arn:aws:iam::123456789012:role/NAME.",
)
QUALIFIER = Rule(
    "a qualifier of the CDK's bootstrap",
    r"[A-Za-z0-9_-]{1,10}",
    "Use letters, digits, dashes and underscores, at most 10 characters.",
)
ENVIRONMENT = Rule(
    "a name of an environment",
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
    "Use letters, digits, dots, dashes and underscores, beginning with a letter or digit, at most 64 characters.",
)
SECRET = Rule(
    "the ARN of one secret or parameter, or a parameter's name",
    r"/[A-Za-z0-9_./-]{1,1010}|"
    r"arn:aws(-[a-z]{1,8}){0,3}:(secretsmanager|ssm):[a-z0-9-]{1,32}:[0-9]{12}:"
    r"(secret:|parameter/)[A-Za-z0-9/_+=.@-]{1,1010}",
    "Name one secret of Secrets Manager or one SSM parameter by its whole ARN, without a pattern, or /name.",
)
BUCKET = Rule(
    "a bucket's name",
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "Use small letters, digits, dots and dashes, from 3 to 63 characters.",
)
PREFIX = Rule(
    "a prefix of keys",
    r"[A-Za-z0-9!_.'()/-]{1,512}",
    "Use letters, digits and !_.'()/-; index/ is the default.",
)
KEY = Rule(
    "the ARN of a KMS key",
    r"arn:aws(-[a-z]{1,8}){0,3}:kms:[a-z0-9-]{1,32}:[0-9]{12}:key/[A-Za-z0-9-]{1,128}",
    "Write it as KMS shows it: arn:aws:kms:eu-central-1:123456789012:key/ID.",
)
CERTIFICATE = Rule(
    "the ARN of a certificate",
    r"arn:aws(-[a-z]{1,8}){0,3}:acm:[a-z0-9-]{1,32}:[0-9]{12}:certificate/[A-Za-z0-9-]{1,128}",
    "Write it as ACM shows it: arn:aws:acm:eu-central-1:123456789012:certificate/ID, in the API's region.",
)
ZONE = Rule(
    "the id of a hosted zone", r"Z[A-Z0-9]{1,31}", "Write it as Route 53 shows it, such as Z0123456789ABCDEFGHIJ."
)
WEB_ACL = Rule(
    "the ARN of a regional web ACL",
    r"arn:aws(-[a-z]{1,8}){0,3}:wafv2:[a-z0-9-]{1,32}:[0-9]{12}:"
    r"regional/webacl/[A-Za-z0-9_-]{1,128}/[A-Za-z0-9-]{1,128}",
    "Write it as WAF shows it: arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/NAME/ID.",
)
DOMAIN = Rule(
    "a domain name",
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "Write it in small letters without a scheme, such as search.example.com.",
)
ORIGIN = Rule(
    "an origin",
    r"\*|https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?",
    "Write scheme and host alone, such as https://docs.example.com, or * for every site.",
)
POLICY = Rule(
    "the ARN of a managed policy",
    r"arn:aws(-[a-z]{1,8}){0,3}:iam::([0-9]{12}|aws):policy/([!-.0-~]{1,510}/){0,64}[A-Za-z0-9_+=,.@-]{1,128}",
    "Write it as IAM shows it: arn:aws:iam::123456789012:policy/NAME.",
)
FOLDER = Rule(
    "a folder inside the repository",
    r"(?!.*(^|/)\.\.?(/|$))\w[\w. +@-]{0,99}(/[\w.+@-][\w. +@-]{0,99}){0,20}/?",
    "Write it relative to the repository, such as docs or website/docs.",
)
PROJECT = Rule(
    "a folder name",
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
    "Use letters, digits, dots, dashes and underscores.",
)

_STEERING = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories that end a line, steer a terminal or cannot be written at all."""
_RESOLVED = "{{resolve:"
"""How CloudFormation marks a value that it replaces by a secret or parameter of the account."""


def plain(value: str, *, several_lines: bool = False) -> str:
    """The value when it is text that nothing on its way reads as more than that; else `MisfitError`."""
    kept = "\n\t" if several_lines else ""
    for letter in value:
        if letter not in kept and unicodedata.category(letter) in _STEERING:
            raise MisfitError(f"not text of one line: it holds {letter!r}", "Write it in one line of printable text.")
    if _RESOLVED in value:
        raise MisfitError(
            "a reference that CloudFormation would replace by a secret",
            f"Write it without {_RESOLVED!r}; chat.secret is the way to name a secret.",
        )
    return value


def texts(value: object) -> Iterator[str]:
    """Every text in a value of the configuration: itself, its items, its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list | dict):
        for each in value:
            yield from texts(each)


def shown(value: object) -> str:
    """A refused value as a message may repeat it: quoted, escaped, and cut."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
