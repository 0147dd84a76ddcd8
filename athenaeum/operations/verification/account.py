"""Checks that ask AWS about the stack: throttle, role, environment, bucket, log, cold starts."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from athenaeum.operations.figures import percentile
from athenaeum.operations.log_events import read_events
from athenaeum.operations.verification.asking import ask
from athenaeum.operations.verification.outcome import Outcome, Subject, failed, passed, skipped, unprovable
from athenaeum.refusals import explained

_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(sk-[A-Za-z0-9_-]{8,}|AKIA[A-Z0-9]{12,}|gh[pos]_[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_-]{10,}\.)"
)
_SECRET_NAME = re.compile(r"(KEY|SECRET|PASSWORD|TOKEN)$")
_DAY = 86_400


def throttle(subject: Subject) -> Outcome:
    """The stage bounds requests a second; with `burst`, more at once are really answered 429."""
    limits = _stage_limits(subject)
    if limits is None:
        return (
            unprovable("The embedded AWS keeps no stage settings.") if subject.emulated else failed("No stage found.")
        )
    rate, burst = limits
    if not 0 < rate <= 5_000:
        return failed("The stage has no throttle of its own: the account's whole share is open to anyone.")
    if not subject.burst:
        return passed(f"{rate:g} requests a second, bursts of {burst}; --burst also tries it.")
    with ThreadPoolExecutor(max_workers=100) as pool:
        statuses = [
            reply.status for reply in pool.map(lambda _: ask(subject.server.endpoint, "/health"), range(burst * 3))
        ]
    if 429 not in statuses:
        return failed(f"{len(statuses)} requests at once, and none was answered 429.")
    return passed(f"{statuses.count(429)} of {len(statuses)} requests at once were answered 429.")


def role(subject: Subject) -> Outcome:
    """The function may read its index and may not write it, read elsewhere, or change itself."""
    server = subject.server
    bucket, prefix = f"arn:aws:s3:::{server.bucket}", server.settings.index_prefix
    may = [("s3:GetObject", f"{bucket}/{prefix}current.json")]
    must_not = [
        ("s3:PutObject", f"{bucket}/{prefix}current.json"),
        ("s3:DeleteObject", f"{bucket}/{prefix}current.json"),
        ("s3:GetObject", f"{bucket}/outside"),
        ("s3:GetObject", "arn:aws:s3:::another-bucket/x"),
        ("lambda:UpdateFunctionCode", "*"),
        ("iam:PassRole", "*"),
    ]
    if subject.emulated:
        return unprovable("The embedded AWS does not enforce roles.")
    client = subject.place.client("iam")
    wrong = []
    for wanted, pairs in ((True, may), (False, must_not)):
        for action, resource in pairs:
            with explained("The role cannot be simulated"):
                answer = client.simulate_principal_policy(
                    PolicySourceArn=server.role, ActionNames=[action], ResourceArns=[resource]
                )
            allowed = answer["EvaluationResults"][0]["EvalDecision"] == "allowed"
            if allowed != wanted:
                wrong.append(f"{'may' if allowed else 'may not'} {action} on {resource}")
    if wrong:
        return failed(f"The role {'; '.join(wrong)}.")
    return passed(f"{len(may)} allowed and {len(must_not)} denied, as they must be.")


def environment(subject: Subject) -> Outcome:
    """No key stands in the function's environment."""
    found = [
        name
        for name, value in subject.server.environment.items()
        if value and (_KEY.search(value) or (_SECRET_NAME.search(name) and not value.startswith(("arn:", "/"))))
    ]
    if found:
        return failed(f"A secret is in plain sight in {', '.join(sorted(found))}; give it as secrets=.")
    return passed(f"{len(subject.server.environment)} variables, no secret among them.")


def bucket(subject: Subject) -> Outcome:
    """Nobody outside can read the bucket."""
    from botocore.exceptions import ClientError

    try:
        block = subject.place.client("s3").get_public_access_block(Bucket=subject.server.bucket)
        settings = block["PublicAccessBlockConfiguration"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code != "NoSuchPublicAccessBlockConfiguration":
            return failed(f"The bucket cannot be asked ({code}).")
        settings = {}
    wanted = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    missing = [name for name in wanted if not settings.get(name)]
    if missing and subject.emulated:
        return unprovable("The embedded AWS does not apply a template's block of public access.")
    if missing:
        return failed(f"The bucket does not block public access: {', '.join(missing)}.")
    return passed("All four blocks of public access are on.")


def log(subject: Subject) -> Outcome:
    """A request's line reaches the log, which does not grow for ever."""
    server = subject.server
    with explained("The log group cannot be described"):
        groups = subject.place.client("logs").describe_log_groups(logGroupNamePrefix=server.log_group)["logGroups"]
    known = next((group for group in groups if group["logGroupName"] == server.log_group), None)
    if known is None:
        return failed(f"There is no log group {server.log_group}.")
    if not known.get("retentionInDays"):
        return failed("The log is kept for ever: it has no retention.")
    # Clocks differ; the request's own id tells its line from others.
    since = int(time.time() * 1000) - 60_000
    ident = ask(server.endpoint, "/health").headers.get("x-request-id", "")
    if not ident:
        return failed("The answer has no X-Request-Id, so that its line cannot be told from others.")
    until = time.monotonic() + subject.patience_seconds
    while time.monotonic() < until:
        events = read_events(subject.place, server.log_group, since_ms=since)
        if any(event.fields.get("request_id") == ident for event in events):
            return passed(f"Lines arrive; kept for {known['retentionInDays']} days.")
        time.sleep(1)
    return failed(f"No line of a request arrived within {subject.patience_seconds:g} s.")


def cold_start(subject: Subject) -> Outcome:
    """Cold starts of the last day were within the budget."""
    found = [
        float(event.fields["cold_start_ms"])
        for event in read_events(subject.place, subject.server.log_group, seconds=_DAY)
        if "cold_start_ms" in event.fields
    ]
    if not found:
        return skipped("No cold start in the last day; ask again after a deployment or a quiet hour.")
    worst = percentile(found, 90)
    told = f"p90 of {len(found)} cold starts is {worst:.0f} ms, process start to first answer"
    if worst > subject.cold_budget_ms:
        return failed(f"{told}; the budget is {subject.cold_budget_ms:g} ms.")
    return passed(f"{told}.")


def _stage_limits(subject: Subject) -> tuple[float, int] | None:
    """Rate and burst of the API's stage; None where there is no stage to ask about."""
    from botocore.exceptions import ClientError

    with explained("The stack's resources cannot be listed"):
        pages = subject.place.client("cloudformation").get_paginator("list_stack_resources")
        resources: list[dict[str, Any]] = [
            each for page in pages.paginate(StackName=subject.server.stack) for each in page["StackResourceSummaries"]
        ]
    ids = {each["ResourceType"]: each.get("PhysicalResourceId", "") for each in reversed(resources)}
    api, stage = ids.get("AWS::ApiGateway::RestApi", ""), ids.get("AWS::ApiGateway::Stage", "")
    if not api or not stage:
        return None
    try:
        known = subject.place.client("apigateway").get_stage(restApiId=api, stageName=stage)
    except ClientError:
        return None
    settings = known.get("methodSettings", {}).get("*/*", {})
    return float(settings.get("throttlingRateLimit", 0)), int(settings.get("throttlingBurstLimit", 0))
