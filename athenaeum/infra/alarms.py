"""What should wake somebody: errors, throttles, answers near the timeout, and 5xx at the gateway."""

from collections.abc import Iterator

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

WINDOW = Duration.minutes(5)


class Alarms(Construct):
    """Four alarms of one server, to a topic where one is given. An endpoint that nobody asks raises none."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: lambda_.Function,
        api: apigateway.RestApi,
        timeout: Duration,
        topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, id)
        for name, metric, threshold, what in _watched(function, api, timeout_ms=timeout.to_milliseconds()):
            alarm = cloudwatch.Alarm(
                self,
                name,
                metric=metric,
                threshold=threshold,
                evaluation_periods=2,
                datapoints_to_alarm=2,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
                alarm_description=what,
            )
            if topic is not None:
                alarm.add_alarm_action(actions.SnsAction(topic))
                alarm.add_ok_action(actions.SnsAction(topic))


def _watched(
    function: lambda_.Function, api: apigateway.RestApi, *, timeout_ms: float
) -> Iterator[tuple[str, cloudwatch.Metric, float, str]]:
    yield "Errors", function.metric_errors(period=WINDOW), 1, "The function crashed or timed out."
    yield "Throttles", function.metric_throttles(period=WINDOW), 1, "Requests found no free instance of the function."
    duration = function.metric_duration(period=WINDOW, statistic="p95")
    yield "Duration", duration, timeout_ms * 0.8, "One answer in twenty takes over 80 % of the timeout."
    yield "ServerErrors", api.metric_server_error(period=WINDOW, statistic="Sum"), 5, "Clients were answered with 5xx."
