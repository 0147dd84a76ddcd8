"""Everything wired by hand, from public pieces alone: bucket, role, layers, function, API, index and outputs.

What the constructs decide for you stands here in plain CDK, to be changed. The bundles come from `athenaeum.infra`.
"""

import json
from pathlib import Path
from typing import Any

from aws_cdk import Aws, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct

from athenaeum.infra import adapter_layer_arn, function_code, layer_code, server_environment
from athenaeum.settings import ServerSettings

PREFIX = "index/"


class AthenaeumStack(Stack):
    """An answer endpoint, resource by resource."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        index_path: Path,
        architecture: str = "arm64",
        python: str = "3.13",
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        bucket = self.make_bucket()
        function = self.make_function(bucket, architecture=architecture, python=python)
        api = self.make_api(function)
        self.upload_index(index_path, bucket)
        endpoint = f"https://{api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/prod"
        CfnOutput(self, "APIEndpoint", value=endpoint)
        CfnOutput(self, "McpEndpoint", value=f"{endpoint}/mcp")
        CfnOutput(self, "IndexBucketName", value=bucket.bucket_name)
        CfnOutput(self, "FunctionName", value=function.function_name)

    def make_bucket(self) -> s3.Bucket:
        """Private, encrypted, TLS only; emptied with the stack."""
        return s3.Bucket(
            self,
            "Index",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )

    def make_function(self, bucket: s3.Bucket, *, architecture: str, python: str) -> lambda_.Function:
        """The server: the adapter's layer, the packages, our code, and the right to read the index."""
        runtime = lambda_.Runtime(f"python{python}", lambda_.RuntimeFamily.PYTHON)
        machine = lambda_.Architecture.ARM_64 if architecture == "arm64" else lambda_.Architecture.X86_64
        dependencies = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=layer_code(architecture=architecture, python=python),
            compatible_architectures=[machine],
            compatible_runtimes=[runtime],
        )
        adapter = lambda_.LayerVersion.from_layer_version_arn(
            self, "Adapter", adapter_layer_arn(region=Aws.REGION, architecture=architecture)
        )
        settings = ServerSettings(index_bucket=bucket.bucket_name, index_prefix=PREFIX, index_dir="/tmp/index")
        function = lambda_.Function(
            self,
            "Server",
            runtime=runtime,
            architecture=machine,
            handler="run.sh",
            code=function_code(architecture=architecture, python=python),
            layers=[adapter, dependencies],
            environment=server_environment(settings),
            memory_size=1024,
            timeout=Duration.seconds(60),
            log_group=logs.LogGroup(
                self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(f"{PREFIX}*")])
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [f"{PREFIX}*"]}},
            )
        )
        return function

    def make_api(self, function: lambda_.Function) -> apigateway.RestApi:
        """Every path and method to the function, streamed and throttled. The server answers CORS itself."""
        api = apigateway.RestApi(
            self,
            "Api",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(throttling_rate_limit=50, throttling_burst_limit=100),
        )
        integration = apigateway.LambdaIntegration(
            function,
            response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
            scope_permission_to_method=False,
        )
        api.root.add_method("ANY", integration)
        api.root.add_proxy(default_integration=integration, any_method=True)
        return api

    def upload_index(self, index_path: Path, bucket: s3.Bucket) -> None:
        """The files first, then the pointer that makes them live: a reader never sees half an index."""
        pointer = json.loads((index_path / "current.json").read_text())
        files = s3_deployment.BucketDeployment(
            self,
            "Files",
            sources=[s3_deployment.Source.asset(str(index_path), exclude=["current.json", ".work", ".work/**"])],
            destination_bucket=bucket,
            destination_key_prefix=PREFIX,
            prune=False,
            memory_limit=512,
        )
        live = s3_deployment.BucketDeployment(
            self,
            "Pointer",
            sources=[s3_deployment.Source.data("current.json", json.dumps({**pointer, "owner": "stack"}))],
            destination_bucket=bucket,
            destination_key_prefix=PREFIX,
            prune=False,
            memory_limit=512,
        )
        live.node.add_dependency(files)
