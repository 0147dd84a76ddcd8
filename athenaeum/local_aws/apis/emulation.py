"""The AWS APIs: moto's server on a loopback port, and what it knows of the deployed stacks."""

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from athenaeum.errors import LocalAwsError
from athenaeum.local_aws.apis import copies
from athenaeum.local_aws.apis.api_guard import HEADERS, ApiGuard
from athenaeum.local_aws.apis.call_log import CallLog
from athenaeum.local_aws.apis.lambda_api import Hotswaps, Invoke, patch_lambda
from athenaeum.local_aws.http.framing import StrictRequests
from athenaeum.local_aws.names import ACCOUNT, REGION, TOOLKIT
from athenaeum.local_aws.template.read import Asset, Deployed, layers_of, read_stack

HOTSWAPS = Hotswaps()


def start(
    port: int,
    *,
    secrets: Callable[[str], str],
    calls: Path,
    changed: Callable[[], None],
    invoke: Invoke,
    note: Callable[[str], None],
) -> Any:
    """Serve the AWS APIs on `port` (0 = any free one) of the loopback interface; the server, with `.server_port`.

    Only calls that are signed by a key whose secret `secrets` knows are answered. Every call is noted in
    the file `calls`. `changed` is called after each change of a stack; `invoke` runs a deployed function for Lambda's
    API; `note` gets one line for each thing that is not emulated.
    """
    from moto.moto_server import werkzeug_app
    from werkzeug.serving import make_server

    from athenaeum.local_aws.apis.patches import patch

    class Handler(StrictRequests, werkzeug_app.MotoRequestHandler):
        def make_environ(self) -> dict[str, Any]:
            made = super().make_environ()
            return {**made, HEADERS: list(self.headers.items())}

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    patch(changed=changed, note=note)
    patch_lambda(
        hotswaps=HOTSWAPS,
        template_code=_template_code,
        changed=changed,
        invoke=invoke,
        copy=lambda copy: copies.perform(copy, fetch=object_bytes, put=put_bytes),
        note=note,
    )
    # Else each answer lets pages of every origin read it.
    werkzeug_app.DISABLE_GLOBAL_CORS = True  # type: ignore[attr-defined]
    moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    application = CallLog(ApiGuard(moto, secrets=secrets), calls)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, name="aws-apis", daemon=True).start()
    return server


def stack_names() -> list[str]:
    """Every stack there is, the CDK's own included."""
    return [stack.name for stack in _stacks()]


def deployed_stacks() -> list[Deployed]:
    """Every stack but the CDK's own, as it runs, in the order of creation."""
    return [HOTSWAPS.apply(stack) for stack in _templates()]


def _template_code(name: str) -> Asset | None:
    known = (function for stack in _templates() for function in stack.functions.values())
    return next((function.code for function in known if function.name == name), None)


def _templates() -> list[Deployed]:
    from moto.cloudformation.parsing import clean_json

    standing = [each for each in _stacks() if each.name != TOOLKIT and each.status.endswith("_COMPLETE")]
    resolvers = {id(each): partial(clean_json, resources_map=each.resource_map) for each in standing}
    layers: dict[str, Asset] = {}
    for stack in standing:
        with contextlib.suppress(Exception):
            layers |= layers_of(stack.template_dict, resolvers[id(stack)])
    found = []
    for stack in standing:
        try:
            found.append(
                read_stack(
                    *(stack.name, stack.template_dict, resolvers[id(stack)]),
                    layer_of=lambda arn: layers.get(arn) or _published_layer(arn),
                )
            )
        except Exception as error:
            # What is wrong with one stack is no reason to say nothing of the others.
            reason = str(error) if isinstance(error, LocalAwsError) else f"{type(error).__name__}: {error}"
            found.append(Deployed(stack.name, failure=reason))
    return found


def _published_layer(arn: str) -> Asset | None:
    """A layer version that no stack made, but the account has."""
    return Asset("", arn) if _layer_version(arn) is not None else None


def _layer_version(arn: str) -> Any:
    from moto.awslambda.models import lambda_backends

    parts = arn.split(":")
    if len(parts) != 8 or parts[4] != ACCOUNT or not parts[7].isdigit():
        return None
    versions = lambda_backends[ACCOUNT][parts[3]].list_layer_versions(parts[6])
    return next((each for each in versions if str(each.version) == parts[7]), None)


def object_bytes(bucket: str, key: str) -> bytes:
    """What the emulated S3 holds under `key`; KeyError when there is nothing."""
    if not bucket:
        layer = _layer_version(key)
        if layer is None:
            raise KeyError(key)
        return bytes(layer.code_bytes)
    store = _s3()
    found = store.buckets[bucket].keys.get(key)
    if found is None:
        raise KeyError(f"s3://{bucket}/{key}")
    return bytes(found.value)


def put_bytes(bucket: str, key: str, data: bytes) -> None:
    """Write an object into the emulated S3."""
    _s3().put_object(bucket, key, data)


def api_key_value(key_id: str) -> str:
    """The value of an API key of the emulated API Gateway, "" when there is none or it is switched off."""
    from moto.apigateway.models import apigateway_backends

    found = apigateway_backends[ACCOUNT][REGION].keys.get(key_id)
    return str(found.value) if found is not None and found.enabled else ""


def secret_of(access_key_id: str) -> str:
    """The secret of an access key that the emulated IAM or STS has made, or "" when there is none."""
    from moto.core.utils import utcnow
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for role in list(sts_backends[ACCOUNT]["aws"].assumed_roles):
        if role.access_key_id == access_key_id and role.expiration > utcnow():
            return str(role.secret_access_key)
    users = iam_backends[ACCOUNT]["aws"].users.values()
    keys = [key for user in users for key in user.access_keys if key.access_key_id == access_key_id]
    return str(keys[0].secret_access_key) if keys and keys[0].status == "Active" else ""


def _stacks() -> list[Any]:
    from moto.cloudformation.models import cloudformation_backends

    return [
        stack for backend in list(cloudformation_backends[ACCOUNT].values()) for stack in list(backend.stacks.values())
    ]


def _s3() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT]["aws"]
