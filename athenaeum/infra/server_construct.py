"""The whole server as a construct: function, adapter, API, bucket, role, and the checks before anything is deployed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Annotations, Aws, Duration, RemovalPolicy, Size, Stack, Token
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from athenaeum.errors import AthenaeumError, SynthError
from athenaeum.infra import acknowledgements, adapter, assets, outputs
from athenaeum.infra.alarms import Alarms
from athenaeum.infra.api import endpoint_of, guard, streaming_api
from athenaeum.infra.bucket import index_bucket
from athenaeum.infra.bundle import Bundle
from athenaeum.infra.configuration import configure
from athenaeum.infra.context import ENCODER, ENVIRONMENT, PRODUCTION, Platform
from athenaeum.infra.dashboard import Dashboard
from athenaeum.infra.domain import add_domain
from athenaeum.infra.encoder_layer import encoder_layer
from athenaeum.infra.function_bundle import RUN_SCRIPT, bundle_function
from athenaeum.infra.index_folder import IndexFolder, read_index
from athenaeum.infra.index_upload import IndexUpload
from athenaeum.infra.layer_construct import BundledLayer, platform_of
from athenaeum.infra.progress import to_stderr
from athenaeum.infra.role import reading_role
from athenaeum.infra.secrets import SecretSource


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
        memory_size: MB; processor time grows with it.
        timeout: Seconds, or a Duration.
        architecture: "arm64" or "x86_64"; default: that of the layer.
        runtime: Python runtime; default: that of the layer.
        index_bucket: A bucket of your own in place of a new one.
        index_prefix: Where in the bucket the index is, with a slash at the end.
        layers: More layers of your own.
        daily_tokens: Budget of paid chat on an endpoint that anyone may call, in tokens a day; 0 sets none.
        stage_name: Last part of the endpoint's address.
        throttle_rate: Requests a second over all clients.
        throttle_burst: Requests that may come at once.
        log_retention: How long logs are kept.
        removal_policy: What happens to the bucket when the stack is destroyed; default: kept in `environment=prod`,
            else emptied and removed.
        domain_name: A domain of your own, with `certificate` (of the region; or its ARN) or `hosted_zone`.
        certificate: See `domain_name`; issued and validated in `hosted_zone` when left out.
        hosted_zone: Gets the records of `domain_name`.
        vpc: Network of the function, to reach private resources. It must let the function reach S3.
        vpc_subnets: Subnets within `vpc`; default: private ones with egress.
        security_groups: Security groups within `vpc`; default: one of its own.
        encryption_key: Customer-managed KMS key of the new bucket.
        web_acl_arn: Regional WAF web ACL in front of the API.
        reserved_concurrency: Most instances at once, taken from the account's share.
        ephemeral_storage: MiB of /tmp, 512 to 10240; the release and, without its layer, the encoder must fit.
        tracing: X-Ray for function and API.
        alarms: Alarms on errors, throttles, duration, 5xx, refresh failures, cold starts and spend; default: in
            `environment=prod` or with an `alarm_topic`.
        alarm_topic: SNS topic that the alarms report to; default: one of their own, `.alarm_topic`, to subscribe to.
        dashboard: A CloudWatch dashboard; three dollars a month beyond the account's three free ones.
        adapter_layer_arn: Lambda Web Adapter's layer, where AWS does not publish it.

    Attributes:
        function, api, index_bucket: The constructs themselves.
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
        memory_size: int = 1024,
        timeout: int | Duration = 60,
        architecture: lambda_.Architecture | str | None = None,
        runtime: lambda_.Runtime | str | None = None,
        index_bucket: s3.IBucket | None = None,
        index_prefix: str = "index/",
        layers: Sequence[lambda_.ILayerVersion] = (),
        daily_tokens: int = 200_000,
        stage_name: str = "prod",
        throttle_rate: float = 50,
        throttle_burst: int = 100,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        removal_policy: RemovalPolicy | None = None,
        domain_name: str = "",
        certificate: acm.ICertificate | str | None = None,
        hosted_zone: route53.IHostedZone | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        encryption_key: kms.IKey | None = None,
        web_acl_arn: str = "",
        reserved_concurrency: int | None = None,
        ephemeral_storage: int = 512,
        tracing: bool = False,
        alarms: bool | None = None,
        alarm_topic: sns.ITopic | None = None,
        dashboard: bool = False,
        adapter_layer_arn: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.alarm_topic = alarm_topic
        self.platform = self._platform(dependencies_layer, architecture=architecture, runtime=runtime)
        index = self._index(index_path)
        self.index_bucket = index_bucket or self._bucket(removal_policy, encryption_key)
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
        variables = configure(
            self,
            plain=environment or {},
            hidden=secrets or {},
            bucket_name=self.index_bucket.bucket_name,
            prefix=index_prefix,
            daily_tokens=daily_tokens,
            role=self.role,
        )
        dependencies = dependencies_layer.bundle if isinstance(dependencies_layer, BundledLayer) else None
        code = self._code(dependencies)
        encoders = self._encoder(encoder, index=index, dependencies=dependencies, code=code)
        limit = timeout if isinstance(timeout, Duration) else Duration.seconds(timeout)
        self.function = lambda_.Function(
            self,
            "Function",
            description="Answers from the index of the documentation",
            runtime=assets.runtime_of(self.platform),
            architecture=assets.architecture_of(self.platform),
            handler=RUN_SCRIPT,
            code=assets.code_of(code),
            layers=[self._adapter(adapter_layer_arn), dependencies_layer, *encoders, *layers],
            memory_size=memory_size,
            timeout=limit,
            ephemeral_storage_size=Size.mebibytes(ephemeral_storage),
            reserved_concurrent_executions=reserved_concurrency,
            tracing=lambda_.Tracing.ACTIVE if tracing else lambda_.Tracing.DISABLED,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=list(security_groups) if security_groups else None,
            environment=variables,
            role=self.role,
            log_group=self.log_group,
        )
        self.api = streaming_api(
            self,
            "Api",
            function=self.function,
            stage=stage_name,
            rate=throttle_rate,
            burst=throttle_burst,
            tracing=tracing,
            description=f"Athenaeum: {self.node.path}",
        )
        self.api_endpoint = endpoint_of(self.api, stage=stage_name)
        if domain_name:
            self.api_endpoint = add_domain(
                self, api=self.api, name=domain_name, certificate=certificate, zone=hosted_zone
            )
        if web_acl_arn:
            guard(self, "WebAcl", api=self.api, web_acl_arn=web_acl_arn)
        if alarms or alarm_topic is not None or (alarms is None and self._in_production()):
            raised = Alarms(
                self,
                "Alarms",
                function=self.function,
                api=self.api,
                timeout=limit,
                topic=alarm_topic,
                memory_size=memory_size,
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
        outputs.write_outputs(
            self,
            {
                outputs.API_ENDPOINT: self.api_endpoint,
                outputs.INDEX_BUCKET_NAME: self.index_bucket.bucket_name,
                outputs.MCP_ENDPOINT: f"{self.api_endpoint}/mcp",
                outputs.FUNCTION_NAME: self.function.function_name,
            },
        )

    def _platform(
        self,
        layer: lambda_.ILayerVersion,
        *,
        architecture: lambda_.Architecture | str | None,
        runtime: lambda_.Runtime | str | None,
    ) -> Platform:
        if not isinstance(layer, BundledLayer):
            return platform_of(self, runtime=runtime, architecture=architecture)
        chosen = platform_of(
            self,
            runtime=runtime or layer.platform.python,
            architecture=architecture or layer.platform.architecture,
        )
        if chosen != layer.platform:
            raise SynthError(
                f"The server {self.node.path} is for {chosen.architecture} and Python {chosen.python}, its dependency "
                f"layer for {layer.platform.architecture} and Python {layer.platform.python}.",
                remedy="Give both constructs the same architecture and runtime, or none.",
            )
        return chosen

    def _index(self, index_path: str | Path | None) -> IndexFolder | None:
        """The index to upload. What is wrong with it is an error of the synth, not a traceback."""
        if index_path is None:
            return None
        try:
            return read_index(Path(index_path))
        except AthenaeumError as error:
            Annotations.of(self).add_error(str(error))
            return None

    def _in_production(self) -> bool:
        return self.node.try_get_context(ENVIRONMENT) in PRODUCTION

    def _bucket(self, removal_policy: RemovalPolicy | None, key: kms.IKey | None) -> s3.Bucket:
        if removal_policy is None:
            removal_policy = RemovalPolicy.RETAIN if self._in_production() else RemovalPolicy.DESTROY
        return index_bucket(self, "IndexBucket", removal_policy=removal_policy, key=key)

    def _code(self, dependencies: Bundle | None) -> Bundle | None:
        if not Stack.of(self).bundling_required:
            return None
        modules = dependencies.modules if dependencies else None
        return bundle_function(self.platform, layer_modules=modules, progress=to_stderr)

    def _encoder(
        self,
        encoder: str | Path | None,
        *,
        index: IndexFolder | None,
        dependencies: Bundle | None,
        code: Bundle | None,
    ) -> list[lambda_.LayerVersion]:
        if code is None:
            return []
        folder = encoder or self.node.try_get_context(ENCODER) or (index.encoder_folder if index else None)
        layer = encoder_layer(
            self,
            folder=Path(str(folder)) if folder else None,
            dependencies=dependencies,
            code=code,
            architecture=self.platform.architecture,
        )
        return [layer] if layer else []

    def _adapter(self, arn: str) -> lambda_.ILayerVersion:
        region = Stack.of(self).region
        if not arn:
            known = "" if Token.is_unresolved(region) else region
            arn = adapter.layer_arn(region=known or Aws.REGION, architecture=self.platform.architecture)
        return lambda_.LayerVersion.from_layer_version_arn(self, "Adapter", arn)
