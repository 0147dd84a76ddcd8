"""Which GitHub jobs may take a role of the account, and what a role may do: the facts, without the CDK.

GitHub writes the subject of a job's token in two forms: repositories made after 2026-07-15 have the numbers of owner
and repository in it. A trust policy names both, letter by letter: no pattern that a branch's name could be made to fit.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from athenaeum import names
from athenaeum.errors import UsageError
from athenaeum.settings import ServerSettings

ISSUER = "token.actions.githubusercontent.com"
"""Host of GitHub's tokens, which is also the name of the identity provider in the account."""
AUDIENCE = "sts.amazonaws.com"
CONTEXT = "athenaeum:access"
"""CDK context key: an `Access` as JSON."""
QUALIFIER = "hnb659fds"
"""What the names of the CDK's bootstrap roles hold when `cdk bootstrap` was not told otherwise."""
CDK_ROLES = ("deploy", "file-publishing", "image-publishing", "lookup")
"""The bootstrap roles that the CDK command line takes; CloudFormation's own, the strongest, is not among them."""
_WHOLE, _SURE = 24, 20
"""Characters of a name that CloudFormation keeps in the names it makes: of a part at most, of a long stack at least."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Access:
    """What one repository may do in one account.

    `branches` and `environments` name whose jobs are trusted; `deploy_environments`, when given, are the only ones that
    may take the deploying role. `bucket` is the index's, "" before the first deployment; `provider` the ARN of the
    account's identity provider, "" to make one; `key` the ARN of a customer-managed key of the bucket. `invokes` names
    the function that the publishing role may invoke: behind auth the smoke test asks the function itself. `server` is
    the id of the construct, with which the names of its bucket and function begin; `boundary` the ARN of a managed
    policy that bounds the roles. `pull_requests` makes a role that pull requests of the repository read with.
    """

    repository: str
    owner_id: str
    repository_id: str
    stack: str
    branches: tuple[str, ...] = ("main",)
    environments: tuple[str, ...] = ()
    deploy_environments: tuple[str, ...] = ()
    bucket: str = ""
    prefix: str = ServerSettings().index_prefix
    key: str = ""
    provider: str = ""
    invokes: str = ""
    qualifier: str = QUALIFIER
    server: str = "Server"
    boundary: str = ""
    pull_requests: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be the name of anything: it would become part of a policy."""
        checks = (
            (_REPOSITORY, self.repository, "repository", "OWNER/NAME"),
            (_NUMBER, self.owner_id, "owner id", "a number"),
            (_NUMBER, self.repository_id, "repository id", "a number"),
        )
        for pattern, value, what, wanted in checks:
            if not pattern.fullmatch(value):
                raise UsageError(f"The {what} {value!r} is not {wanted}.", remedy="Correct it and run it again.")
        names.STACK.need(self.stack, named="The stack")
        names.QUALIFIER.need(self.qualifier, named="The qualifier")
        names.BUCKET.check(self.bucket, named="The bucket")
        names.PREFIX.check(self.prefix, named="The prefix")
        names.KEY.check(self.key, named="The key")
        names.POLICY.check(self.boundary, named="The permissions boundary")
        names.SERVER_ID.need(self.server, named="The server")
        if not self.branches and not self.environments:
            raise UsageError("No branch and no environment is named.", remedy="Name one: --branch main.")
        for name in (*self.branches, *self.environments, *self.deploy_environments):
            if not name or set(name) & set("*?$") or not name.isprintable():
                raise UsageError(f"{name!r} cannot be trusted.", remedy="Name branches and environments in full.")

    def subjects(self, *, deploying: bool = False) -> list[str]:
        """The subjects of the trusted jobs, in both of GitHub's forms; `deploying` for the deploying role."""
        owner, name = self.repository.split("/")
        forms = (f"repo:{owner}/{name}", f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}")
        if deploying and self.deploy_environments:
            jobs = [f"environment:{_escaped(each)}" for each in self.deploy_environments]
        else:
            jobs = [f"ref:refs/heads/{each}" for each in self.branches]
            jobs += [f"environment:{_escaped(each)}" for each in self.environments]
        return [f"{form}:{job}" for form in forms for job in jobs]

    def reading_subjects(self) -> list[str]:
        """The subjects of pull requests of the repository, in both forms; a fork's gets no token from GitHub."""
        owner, name = self.repository.split("/")
        return [
            f"repo:{owner}/{name}:pull_request",
            f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}:pull_request",
        ]

    def named(self, part: str) -> str:
        """A pattern of the name that CloudFormation generates for a part of the server, such as `IndexBucket`.

        Long stack names are shortened there. Without the part's own name the pattern would fit the parts of every stack
        whose name begins like this one's.
        """
        begin = f"{self.stack}-" if len(self.stack) <= _WHOLE else f"{self.stack[:_SURE]}*-"
        return f"{begin}{self.server}{part}"[: len(begin) + _WHOLE] + "*"

    @property
    def own(self) -> str:
        """A pattern of the names that CloudFormation generates for anything in the stack."""
        return f"{self.stack}-*" if len(self.stack) <= _WHOLE else f"{self.stack[:_SURE]}*"

    def to_context(self) -> str:
        """As the value of the context key; `from_context` reads it back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_context(cls, text: str) -> "Access":
        """Read what `to_context` wrote."""
        given: Mapping[str, object] = json.loads(text)
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        return cls(**values)  # type: ignore[arg-type]


def access_stack_name(stack: str) -> str:
    """The stack of the roles for the endpoint `stack`: each endpoint of a repository has roles of its own."""
    return f"AthenaeumAccess-{stack}"[:128]


def _escaped(environment: str) -> str:
    # As GitHub writes it: a colon in a name cannot end the part of the subject it stands in.
    return environment.replace("%", "%25").replace(":", "%3A")
