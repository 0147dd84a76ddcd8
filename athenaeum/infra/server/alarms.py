"""What should wake somebody, and whom: every alarm of one server, its threshold, and the topic it reports to."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from athenaeum.settings import ENVIRONMENT

WINDOW = Duration.minutes(5)
DAY = Duration.days(1)
NAMESPACE, DIMENSION = "Athenaeum", "Function"
"""Where the server's own metrics are; a test compares both with `server.metrics`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an alarm begins at. `daily_gb_seconds` and `daily_tokens` bound a day's spend: 75,000 GB-s are one dollar on
    arm64; 0 leaves that alarm out. `cold_start_ms` is from process start to the first answer."""

    cold_start_ms: int = 3_000
    daily_gb_seconds: int = 75_000
    daily_tokens: int = 200_000
    server_errors: int = 5


class Alarms(Construct):
    """The alarms of one server. They report to `topic`, or to one of their own that nobody has subscribed to yet.

    Turns the server's own metrics on, which CloudWatch bills by the hour in which they are sent. An endpoint that
    nobody asks raises no alarm.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: lambda_.Function,
        api: apigateway.RestApi,
        timeout: Duration,
        topic: sns.ITopic | None = None,
        memory_size: int = 1024,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.topic = topic or self._own_topic()
        turn_metrics_on(function)
        bounds = limits or Limits()
        action = actions.SnsAction(self.topic)
        watched = [
            *_watched(function, api, timeout_ms=timeout.to_milliseconds(), limits=bounds),
            *_spending(function, memory_size=memory_size, limits=bounds),
        ]
        for each in watched:
            alarm = cloudwatch.Alarm(
                self,
                each.name,
                metric=each.metric,
                threshold=each.threshold,
                evaluation_periods=each.periods,
                datapoints_to_alarm=each.periods,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
                alarm_description=each.what,
            )
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)

    def _own_topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Topic", display_name="Athenaeum", enforce_ssl=True)
        # A policy of its own takes the place of the one that lets alarms of the account in.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        return topic


@dataclass(frozen=True, slots=True)
class _Watch:
    name: str
    metric: cloudwatch.IMetric
    threshold: float
    what: str
    periods: int = 2


def own_metric(
    function: lambda_.Function, name: str, *, statistic: str, period: Duration = WINDOW
) -> cloudwatch.Metric:
    """A metric that the server itself sends."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={DIMENSION: function.function_name},
        statistic=statistic,
        period=period,
    )


def turn_metrics_on(function: lambda_.Function) -> None:
    """Let the server's log lines be metrics as well."""
    function.add_environment(ENVIRONMENT["metrics"], "true")


def _watched(
    function: lambda_.Function, api: apigateway.RestApi, *, timeout_ms: float, limits: Limits
) -> Iterator[_Watch]:
    yield _Watch("Errors", function.metric_errors(period=WINDOW), 1, "The function crashed or timed out.")
    throttles = function.metric_throttles(period=WINDOW)
    yield _Watch("Throttles", throttles, 1, "Requests found no free instance of the function.")
    duration = function.metric_duration(period=WINDOW, statistic="p95")
    yield _Watch("Duration", duration, timeout_ms * 0.8, "One answer in twenty takes over 80 % of the timeout.")
    failing = api.metric_server_error(period=WINDOW, statistic="Sum")
    yield _Watch("ServerErrors", failing, limits.server_errors, "Clients were answered with 5xx.")
    refresh = own_metric(function, "RefreshFailures", statistic="Sum")
    yield _Watch("RefreshFailures", refresh, 1, "A new release cannot be loaded; the one before is still served.")
    cold = own_metric(function, "ColdStart", statistic="p90")
    what = f"Cold starts take over {limits.cold_start_ms} ms from process start to the first answer."
    yield _Watch("ColdStarts", cold, limits.cold_start_ms, what)


def _spending(function: lambda_.Function, *, memory_size: int, limits: Limits) -> Iterator[_Watch]:
    if limits.daily_gb_seconds:
        used = cloudwatch.MathExpression(
            expression=f"duration / 1000 * {memory_size / 1024}",
            using_metrics={"duration": function.metric_duration(period=DAY, statistic="Sum")},
            period=DAY,
            label="GB-seconds in a day",
        )
        what = f"The function used over {limits.daily_gb_seconds:,} GB-seconds in a day."
        yield _Watch("ComputeSpend", used, limits.daily_gb_seconds, what, periods=1)
    if limits.daily_tokens:
        tokens = own_metric(function, "ProviderTokens", statistic="Sum", period=DAY)
        what = f"Chat used over {limits.daily_tokens:,} tokens in a day."
        yield _Watch("TokenSpend", tokens, limits.daily_tokens, what, periods=1)
