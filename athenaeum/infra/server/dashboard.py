"""The dashboard of one server: what is on it, and in which order. Opt-in: CloudWatch bills it by the month."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from athenaeum.infra.server.alarms import own_metric, turn_metrics_on

_HALF, _HEIGHT = 12, 6


class Dashboard(Construct):
    """Traffic, latency, cold starts, refreshes, unanswered queries and tokens of one server on one page.

    Three dollars a month beyond the account's three free ones; the table of unanswered queries scans the log each time
    it is looked at, half a cent a gigabyte.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: lambda_.Function,
        api: apigateway.RestApi,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, id)
        turn_metrics_on(function)
        period = Duration.minutes(15)

        def graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_HALF, height=_HEIGHT)

        def own(name: str, statistic: str) -> cloudwatch.Metric:
            return own_metric(function, name, statistic=statistic, period=period)

        unanswered = cloudwatch.LogQueryWidget(
            title="Queries the docs do not answer",
            log_group_names=[log_group.log_group_name],
            query_lines=[
                "filter ispresent(gap)",
                "stats count(*) as times by gap, top_path, query",
                "sort times desc",
                "limit 20",
            ],
            width=24,
            height=_HEIGHT,
        )
        self.dashboard = cloudwatch.Dashboard(self, "Page", default_interval=Duration.days(7))
        self.dashboard.add_widgets(
            graph(
                "Requests and errors",
                api.metric_count(period=period),
                api.metric_client_error(period=period),
                api.metric_server_error(period=period),
            ),
            graph("Latency", own("Latency", "p50"), own("Latency", "p99"), own("SearchLatency", "p50")),
            graph("Cold starts", own("ColdStart", "p90"), own("ColdStart", "SampleCount")),
            graph("Refresh failures and throttles", own("RefreshFailures", "Sum"), function.metric_throttles()),
            graph("Unanswered", own("ZeroResults", "Sum"), own("LowScore", "Sum")),
            graph("Tokens of the chat provider", own("ProviderTokens", "Sum")),
            unanswered,
        )
