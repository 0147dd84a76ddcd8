"""AWS as a removal sees it, replayed: what CloudFormation, IAM, S3 and STS answer in cases that no emulation has.

Codes, messages and shapes are those of AWS's API references and of real refusals. What is deleted goes through the
states that a case names, one for each time it is looked at.
"""

import http.server
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
ROOT = "https://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass
class Stack:
    """One stack. `states` are what it shows once it is to go, the last for good; `reasons` are its failed events."""

    name: str
    protected: bool = False
    state: str = "UPDATE_COMPLETE"
    states: list[str] = field(default_factory=lambda: ["DELETE_COMPLETE"])
    reasons: list[tuple[str, str, str]] = field(default_factory=list)
    going: bool = False

    @property
    def id(self) -> str:
        return f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/{self.name}/0a1b"

    def now(self) -> str:
        if not self.going:
            return self.state
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


@dataclass
class Aws:
    """`refuse` maps an action to the status, code and message it is refused with."""

    stacks: list[Stack]
    refuse: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret-of-nobody",
            "AWS_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def answer(self, said: dict[str, str]) -> tuple[int, str]:
        action = said.get("Action", "")
        self.asked.append(f"{action} {said.get('StackName', '')}".strip())
        if action in self.refuse:
            return _refusal(*self.refuse[action])
        found = [each for each in self.stacks if said.get("StackName", "") in ("", each.name, each.id)]
        if action == "GetCallerIdentity":
            inner = f"<Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>"
            return (
                200,
                f"<GetCallerIdentityResponse><GetCallerIdentityResult>{inner}</GetCallerIdentityResult></GetCallerIdentityResponse>",
            )
        if said.get("StackName") and not found:
            return _refusal(400, "ValidationError", f"Stack with id {said['StackName']} does not exist")
        if action == "DeleteStack" and found[0].protected:
            return _refusal(
                400,
                "ValidationError",
                f"Stack [{found[0].name}] cannot be deleted while TerminationProtection is enabled",
            )
        return 200, _result(action, getattr(self, f"_{action}", lambda _: "")(found))

    def _DescribeStacks(self, found: list[Stack]) -> str:  # noqa: N802 - AWS's name
        shown = []
        for each in found:
            outputs = "<member><OutputKey>IndexBucketName</OutputKey><OutputValue>b</OutputValue></member>"
            shown.append(
                f"<member><StackName>{each.name}</StackName><StackId>{each.id}</StackId><StackStatus>{each.now()}</StackStatus>"
                f"<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>{outputs}</Outputs>"
                f"<EnableTerminationProtection>{str(each.protected).lower()}</EnableTerminationProtection></member>"
            )
        return f"<Stacks>{''.join(shown)}</Stacks>"

    def _DeleteStack(self, found: list[Stack]) -> str:  # noqa: N802
        found[0].going = True
        return ""

    def _GetTemplate(self, _: list[Stack]) -> str:  # noqa: N802
        return '<TemplateBody>{"Resources": {}}</TemplateBody>'

    def _ListStackResources(self, _: list[Stack]) -> str:  # noqa: N802
        return "<StackResourceSummaries/>"

    def _DescribeStackResources(self, found: list[Stack]) -> str:  # noqa: N802
        fields = "<LogicalResourceId>Fn</LogicalResourceId><Timestamp>2026-01-01T00:00:00Z</Timestamp>"
        fields += (
            "<ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>DELETE_IN_PROGRESS</ResourceStatus>"
        )
        return f"<StackResources><member><StackName>{found[0].name}</StackName>{fields}</member></StackResources>"

    def _DescribeStackEvents(self, found: list[Stack]) -> str:  # noqa: N802
        whole = ("AWS::CloudFormation::Stack", found[0].name, "The following resource(s) failed to delete")
        events = [(*whole, "DELETE_FAILED"), *((*each, "DELETE_FAILED") for each in found[0].reasons)]
        events += [("AWS::CloudFormation::Stack", found[0].name, "User Initiated", "DELETE_IN_PROGRESS")]
        # An older attempt, which is not to be told of.
        events += [("AWS::S3::Bucket", "old-bucket", "of last week", "DELETE_FAILED")]
        shown = "".join(
            f"<member><StackId>{found[0].id}</StackId><EventId>{number}</EventId><StackName>{found[0].name}</StackName>"
            f"<ResourceType>{kind}</ResourceType><PhysicalResourceId>{name}</PhysicalResourceId>"
            f"<ResourceStatusReason>{escape(reason)}</ResourceStatusReason><ResourceStatus>{status}</ResourceStatus>"
            f"<Timestamp>2026-01-01T00:00:00Z</Timestamp></member>"
            for number, (kind, name, reason, status) in enumerate(events)
        )
        return f"<StackEvents>{shown}</StackEvents>"


def _result(action: str, inner: str) -> str:
    return f'<{action}Response xmlns="{ROOT}"><{action}Result>{inner}</{action}Result></{action}Response>'


def _refusal(status: int, code: str, message: str) -> tuple[int, str]:
    inner = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
    return status, f'<ErrorResponse xmlns="{ROOT}"><Error>{inner}</Error><RequestId>r</RequestId></ErrorResponse>'


@contextmanager
def serve_aws(*stacks: Stack) -> Iterator[Aws]:
    """The server on a port of the loopback interface."""
    aws = Aws(list(stacks))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = aws.answer(dict(urllib.parse.parse_qsl(body)))
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    aws.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
