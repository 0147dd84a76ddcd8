"""The whole server as a construct: function, adapter, API, bucket, role, and the checks before anything is deployed.

Each concern is a file of its own beside this one; here they are only put together.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy, Size
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from athenaeum.index.format import formats
from athenaeum.infra import acknowledgements, assets
from athenaeum.infra.bundles.function import RUN_SCRIPT
from athenaeum.infra.context import INDEX_BYTES, index_bytes_from
from athenaeum.infra.environments import in_production
from athenaeum.infra.gateway.api import Stage, endpoint_of, rest_api
from athenaeum.infra.gateway.auth import add_api_key, guard_of, request_authorizer
from athenaeum.infra.gateway.authorizer import token_function
from athenaeum.infra.gateway.domain import add_domain
from athenaeum.infra.gateway.firewall import add_firewall
from athenaeum.infra.gateway.gateway_responses import add_responses
from athenaeum.infra.layer_construct import BundledLayer
from athenaeum.infra.server import adapter, instances, outputs
from athenaeum.infra.server.alarms import Alarms
from athenaeum.infra.server.bucket import index_bucket as new_bucket
from athenaeum.infra.server.capacity import capacity_for
from athenaeum.infra.server.configuration import configure
from athenaeum.infra.server.dashboard import Dashboard
from athenaeum.infra.server.encoder_layer import encoder_layers
from athenaeum.infra.server.index_upload import IndexUpload, index_at
from athenaeum.infra.server.platform import adapter_for, code_for, platform_for
from athenaeum.infra.server.role import reading_role
from athenaeum.infra.server.secrets import SecretSource
from athenaeum.infra.server.tags_and_boundary import mark


class MCPServerConstruct(Construct):
    """Athenaeum's server on Lambda behind API Gateway, with the bucket of its index.

    Args:
        scope: The stack or construct it belongs to.
        id: Its name within the scope; prefixes the outputs from the second server of a stack on.
        dependencies_layer: `DependenciesLayerConstruct(...).layer`, or a layer of your own.
        index_path: An index folder that the stack uploads and owns. Left out, `athenaeum publish` brings the index.
        encoder: Folder of an encoder to put into a layer; default: context `athenaeum:encoder`, else the index's own.
        environment: More environment variables of the function. A key in it is in plain sight, and a warning says so.
        secrets: {"OPENAI_API_KEY": secret}, from Secrets Manager or SSM, as construct or ARN.
        auth: Who may call: "none", "oauth" (with OAUTH_ISSUER and OAUTH_AUDIENCE in `environment`), "api-key" or "iam";
            default: oauth where an issuer is named, else none.
        auth_cache_seconds: How long API Gateway keeps what it learned of a token, and so lets an expired one in.
        monthly_quota: Requests a month with the key of `auth="api-key"`; 0 sets none.
        memory_size: MB; processor time grows with it. Default: 1024, more for an index of over 64 MiB.
        timeout: Seconds, or a Duration. Default: 60, more for an index of over 64 MiB.
        architecture: "arm64" or "x86_64"; default: that of the layer.
        runtime: Python runtime; default: that of the layer.
        index_bucket: A bucket of your own in place of a new one.
        index_prefix: Where in the bucket the index is, with a slash at the end.
        layers: More layers of your own.
        daily_tokens: Budget of paid chat on an endpoint that anyone may call, in tokens a day; 0 sets none.
        stage_name: Last part of the endpoint's address.
        throttle_rate: Requests a second over all clients.
        throttle_burst: Requests that may come at once.
        streaming: Answers are streamed as they are made. Without, they are buffered, up to 6 MB and 29 seconds.
        cache_ttl: Seconds for which API Gateway keeps answers of GET /search, by their query; needs `streaming=False`.
        log_retention: How long logs are kept.
        removal_policy: What happens to the bucket when the stack is destroyed; default: kept in `environment=prod`,
            else emptied and removed.
        domain_name: A domain of your own, with `certificate` (of the region; or its ARN) or `hosted_zone`.
        certificate: See `domain_name`; issued and validated in `hosted_zone` when left out.
        hosted_zone: Gets the records of `domain_name`; the zone, or its id.
        vpc: Network of the function, to reach private resources. It must let the function reach S3.
        vpc_subnets: Subnets within `vpc`; default: private ones with egress.
        security_groups: Security groups within `vpc`; default: one of its own.
        encryption_key: Customer-managed KMS key of the new bucket.
        tier_after_days: Days after which releases in the new bucket move to S3 Intelligent-Tiering; 0 leaves them.
        web_acl_arn: Regional WAF web ACL in front of the API.
        waf_rate_limit: Requests in five minutes from one address; makes a web ACL with that limit and AWS's managed
            rules, which counts what questions about code look like and blocks the rest.
        reserved_concurrency: Most instances at once, taken from the account's share.
        provisioned_concurrency: Instances that are kept warm, and billed, all the time.
        snap_start: Cold starts restore a snapshot, which is billed while it is kept.
        ephemeral_storage: MiB of /tmp, 512 to 10240, for two releases and, without its layer, the encoder. Default:
            512, more for an index of over 128 MiB.
        tracing: X-Ray for function and API.
        alarms: Alarms on errors, throttles, duration, 5xx, refresh failures, cold starts and spend; default: in
            `environment=prod` or with an `alarm_topic`.
        alarm_topic: SNS topic that the alarms report to; default: one of their own, `.alarm_topic`, to subscribe to.
        dashboard: A CloudWatch dashboard; three dollars a month beyond the account's three free ones.
        tags: Tags of everything the server is made of.
        permissions_boundary: Managed policy, or its ARN, that bounds every role of the server.
        adapter_layer_arn: Lambda Web Adapter's layer, where AWS does not publish it.

    Attributes:
        function, api, index_bucket: The constructs themselves. `authorizer` is the function of OAuth, or None.
        api_endpoint: The endpoint's address, without a slash at its end.
        log_group, role: The function's.

    Raises:
        SynthError: Arguments that do not go together.
        BundleError: The code or a layer cannot be bundled.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dependencies_layer: lambda_.ILayerVersion,
        index_path: str | Path | None = None,
        encoder: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, SecretSource] | None = None,
        auth: str = "",
        auth_cache_seconds: int = 60,
        monthly_quota: int = 100_000,
        memory_size: int | None = None,
        timeout: int | Duration | None = None,
        architecture: lambda_.Architecture | str | None = None,
        runtime: lambda_.Runtime | str | None = None,
        index_bucket: s3.IBucket | None = None,
        index_prefix: str = "index/",
        layers: Sequence[lambda_.ILayerVersion] = (),
        daily_tokens: int = 200_000,
        stage_name: str = "prod",
        throttle_rate: float = 50,
        throttle_burst: int = 100,
        streaming: bool = True,
        cache_ttl: int = 0,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        removal_policy: RemovalPolicy | None = None,
        domain_name: str = "",
        certificate: acm.ICertificate | str | None = None,
        hosted_zone: route53.IHostedZone | str | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        encryption_key: kms.IKey | None = None,
        tier_after_days: int = 0,
        web_acl_arn: str = "",
        waf_rate_limit: int = 0,
        reserved_concurrency: int | None = None,
        provisioned_concurrency: int = 0,
        snap_start: bool = False,
        ephemeral_storage: int | None = None,
        tracing: bool = False,
        alarms: bool | None = None,
        alarm_topic: sns.ITopic | None = None,
        dashboard: bool = False,
        tags: Mapping[str, str] | None = None,
        permissions_boundary: iam.IManagedPolicy | str | None = None,
        adapter_layer_arn: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.alarm_topic = alarm_topic
        self.platform = platform_for(self, dependencies_layer, architecture=architecture, runtime=runtime)
        stage = Stage(
            stage_name, throttle_rate, throttle_burst, tracing=tracing, streaming=streaming, cache_ttl=cache_ttl
        )
        index = index_at(self, index_path)
        needed = capacity_for(index.size if index else index_bytes_from(self.node.try_get_context(INDEX_BYTES)))
        storage = ephemeral_storage or needed.storage
        instances.check(
            snap_start=snap_start, provisioned=provisioned_concurrency, storage=storage, platform=self.platform
        )
        if removal_policy is None:
            removal_policy = RemovalPolicy.RETAIN if in_production(self) else RemovalPolicy.DESTROY
        self.index_bucket = index_bucket or new_bucket(
            self,
            "IndexBucket",
            removal_policy=removal_policy,
            prefix=index_prefix,
            key=encryption_key,
            tier_after_days=tier_after_days,
        )
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{Aws.STACK_NAME}-{self.node.id}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = reading_role(
            self,
            "Role",
            logs_to=self.log_group,
            bucket=self.index_bucket,
            prefix=index_prefix,
            networked=vpc is not None,
        )
        mode, settings = configure(
            self,
            plain=environment or {},
            hidden=secrets or {},
            auth=auth,
            bucket_name=self.index_bucket.bucket_name,
            prefix=index_prefix,
            daily_tokens=daily_tokens,
            role=self.role,
        )
        dependencies = dependencies_layer.bundle if isinstance(dependencies_layer, BundledLayer) else None
        bundle = code_for(self, self.platform, dependencies=dependencies)
        code = assets.code_of(bundle)
        encoders = encoder_layers(
            self,
            encoder=encoder,
            index=index,
            dependencies=dependencies,
            code=bundle,
            architecture=self.platform.architecture,
        )
        memory = needed.memory if memory_size is None else memory_size
        seconds = needed.timeout if timeout is None else timeout
        limit = seconds if isinstance(seconds, Duration) else Duration.seconds(seconds)
        told = {**instances.environment(snap_start=snap_start), **(environment or {})}
        self.function = lambda_.Function(
            self,
            "Function",
            description="Answers from the index of the documentation",
            runtime=assets.runtime_of(self.platform),
            architecture=assets.architecture_of(self.platform),
            handler=RUN_SCRIPT,
            code=code,
            layers=[
                adapter_for(self, self.platform, arn=adapter_layer_arn),
                dependencies_layer,
                *encoders,
                *layers,
            ],
            memory_size=memory,
            timeout=limit,
            ephemeral_storage_size=Size.mebibytes(storage),
            reserved_concurrent_executions=reserved_concurrency,
            tracing=lambda_.Tracing.ACTIVE if tracing else lambda_.Tracing.DISABLED,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=list(security_groups) if security_groups else None,
            environment=adapter.function_environment(settings, extra=told, streaming=streaming),
            role=self.role,
            log_group=self.log_group,
            current_version_options=instances.versions(),
            snap_start=instances.snapshots(snap_start),
        )
        self.authorizer: lambda_.Function | None = None
        asked = None
        if mode == "oauth":
            self.authorizer = token_function(
                self,
                code=code,
                layer=dependencies_layer,
                platform=self.platform,
                settings=settings,
                retention=log_retention,
            )
            asked = request_authorizer(self, function=self.authorizer, cache_seconds=auth_cache_seconds)
        self.api = rest_api(
            self,
            "Api",
            function=instances.called(self, self.function, snap_start=snap_start, provisioned=provisioned_concurrency),
            stage=stage,
            guard=guard_of(mode, authorizer=asked),
            description=f"Athenaeum: {self.node.path}",
        )
        self.api_endpoint = endpoint_of(self.api, stage=stage_name)
        if domain_name:
            self.api_endpoint = add_domain(
                self, api=self.api, name=domain_name, certificate=certificate, zone=hosted_zone
            )
        add_responses(self.api, endpoint=self.api_endpoint, mode=mode, origins=settings.cors_origins)
        add_firewall(self, api=self.api, web_acl_arn=web_acl_arn, rate_limit=waf_rate_limit)
        if alarms or alarm_topic is not None or (alarms is None and in_production(self)):
            raised = Alarms(
                self,
                "Alarms",
                function=self.function,
                api=self.api,
                timeout=limit,
                topic=alarm_topic,
                memory_size=memory,
            )
            self.alarm_topic = raised.topic
        if dashboard:
            Dashboard(self, "Dashboard", function=self.function, api=self.api, log_group=self.log_group)
        acknowledgements.acknowledge(self.function, acknowledgements.FUNCTION)
        acknowledgements.acknowledge(self.api, acknowledgements.API)
        if tracing:
            acknowledgements.acknowledge(self.role, acknowledgements.TRACED_ROLE)
        if index is not None:
            IndexUpload(self, "Index", index=index, bucket=self.index_bucket, prefix=index_prefix)
        prefix = outputs.write_outputs(
            self,
            {
                outputs.API_ENDPOINT: self.api_endpoint,
                outputs.INDEX_BUCKET_NAME: self.index_bucket.bucket_name,
                outputs.MCP_ENDPOINT: f"{self.api_endpoint}/mcp",
                outputs.FUNCTION_NAME: self.function.function_name,
                outputs.INDEX_FORMATS: formats.named(formats.READS),
            },
        )
        if mode == "api-key":
            add_api_key(
                self,
                api=self.api,
                quota=monthly_quota,
                rate=throttle_rate,
                burst=throttle_burst,
                output_prefix=prefix,
            )
        mark(self, tags=tags, boundary=permissions_boundary)
