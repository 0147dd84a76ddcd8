"""How a stack that was given `index_path` uploads it: encoder, then release, then the pointer that makes it live."""

from pathlib import Path

from aws_cdk import Annotations, AssetHashType, RemovalPolicy, Size, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from athenaeum.errors import AthenaeumError
from athenaeum.index import layout
from athenaeum.infra import acknowledgements
from athenaeum.infra.server.index_folder import IndexFolder, read_index


def index_at(server: Construct, index_path: str | Path | None) -> IndexFolder | None:
    """The index to upload. What is wrong with it is an error of the synth, not a traceback."""
    if index_path is None:
        return None
    try:
        return read_index(Path(index_path))
    except AthenaeumError as error:
        Annotations.of(server).add_error(str(error))
        return None


class IndexUpload(Construct):
    """Ordered bucket deployments of one index. Nothing is pruned: a rollback of the stack finds its release again."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        index: IndexFolder,
        bucket: s3.IBucket,
        prefix: str,
    ) -> None:
        super().__init__(scope, id)
        self._bucket = bucket
        self._prefix = prefix
        digest, release = index.manifest.encoder_digest, index.pointer.release
        card = index.manifest.encoder_files.get(layout.ENCODER_CARD)
        export = f"{digest}-{card.sha256[:16]}" if card else digest
        self._logs = _upload_logs(Stack.of(self))
        # Each under its own prefix and content hash: a docs change uploads the release alone.
        encoder = self._deploy(
            "Encoder",
            deployment.Source.asset(
                str(index.encoder_folder), asset_hash=f"encoder-{export}", asset_hash_type=AssetHashType.CUSTOM
            ),
            layout.encoder_prefix(digest),
        )
        files = self._deploy(
            "Release",
            deployment.Source.asset(
                str(index.release_folder), asset_hash=f"release-{release}", asset_hash_type=AssetHashType.CUSTOM
            ),
            layout.release_prefix(release),
        )
        pointer = self._deploy(
            "Pointer", deployment.Source.data(layout.POINTER, index.pointer.to_bytes().decode("ascii")), ""
        )
        files.node.add_dependency(encoder)
        pointer.node.add_dependency(files)
        acknowledgements.acknowledge_copying(pointer.handler_role, bucket=bucket)

    def _deploy(self, name: str, source: deployment.ISource, below: str) -> deployment.BucketDeployment:
        return deployment.BucketDeployment(
            self,
            name,
            sources=[source],
            destination_bucket=self._bucket,
            destination_key_prefix=f"{self._prefix}{below}",
            prune=False,
            # The encoder alone is megabytes, and the copying function unpacks it in memory and /tmp.
            memory_limit=512,
            ephemeral_storage_size=Size.gibibytes(2),
            log_group=self._logs,
        )


def _upload_logs(stack: Stack) -> logs.ILogGroup:
    # One copying function serves all servers of a stack, and so does its log group.
    found = stack.node.try_find_child("IndexUploadLogs")
    if isinstance(found, logs.LogGroup):
        return found
    return logs.LogGroup(
        stack, "IndexUploadLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
    )
