"""The AWS APIs: moto's server on a loopback port, with the gaps closed that CDK's own command line falls into.

The patches are applied to moto's classes in the daemon's process, never to files. Each says what goes wrong without
it. A stack's creation, update and deletion are reported to `listen`, so that what was deployed can be run.
"""

from collections.abc import Callable
from typing import Any

ACCOUNT = "123456789012"
"""The account number of the embedded AWS: moto's own."""
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}

Listener = Callable[[], None]


def start(port: int, *, listen: Listener, note: Callable[[str], None]) -> Any:
    """Serve the AWS APIs on `port` (0 = any free one) of the loopback interface; the server, with `.server_port`.

    `listen` is called after each change of a stack; `note` gets one line for each thing that is not emulated.
    """
    import threading

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    patch(listen=listen, note=note)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, name="aws-apis", daemon=True).start()
    return server


def patch(*, listen: Listener, note: Callable[[str], None]) -> None:
    """Close the gaps of moto 5.2.5 in this process."""
    from moto.apigateway import models as apigateway
    from moto.cloudformation import custom_model, parsing
    from moto.cloudformation import models as cloudformation
    from moto.core.common_models import CloudFormationModel

    backend = cloudformation.CloudFormationBackend
    _report_changes(backend, listen)
    _keep_previous_parameters(backend)
    _ignore_unknown_change_sets(backend)
    _settle_custom_resources(custom_model.CustomModel, note)
    del apigateway, parsing, CloudFormationModel


def _report_changes(backend: Any, listen: Listener) -> None:
    for name in ("create_stack", "update_stack", "delete_stack", "execute_change_set"):
        original = getattr(backend, name)

        def reporting(self: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
            done = _original(self, *args, **kwargs)
            listen()
            return done

        setattr(backend, name, reporting)


def _keep_previous_parameters(backend: Any) -> None:
    """`UsePreviousValue` of a parameter that was never given is a KeyError: it means the template's default."""

    def resolve(self: Any, instance: Any, incoming_params: list[dict[str, Any]]) -> dict[str, str]:
        given = {p["ParameterKey"]: p["ParameterValue"] for p in incoming_params if "ParameterValue" in p}
        reused = [p["ParameterKey"] for p in incoming_params if p.get("UsePreviousValue", False)]
        return {**given, **{key: instance.parameters[key] for key in reused if key in instance.parameters}}

    backend._resolve_update_parameters = resolve


def _ignore_unknown_change_sets(backend: Any) -> None:
    """CDK deletes a change set of its own name before each deployment; for one that is not there moto raises."""
    original = backend.delete_change_set

    def delete(self: Any, change_set_name: str) -> None:
        names = {*self.change_sets, *(known.change_set_name for known in self.change_sets.values())}
        if change_set_name in names:
            original(self, change_set_name)

    backend.delete_change_set = delete


def _settle_custom_resources(model: Any, note: Callable[[str], None]) -> None:
    """moto runs a custom resource's function in Docker and waits for its answer: here it is done at once.

    What CDK's bucket deployments do is performed from the deployed template afterwards (see `copies`).
    """

    @classmethod  # type: ignore[misc]
    def create(cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kw: Any) -> Any:
        from moto.moto_api._internal import mock_random

        kind = kw["ResourceType"]
        if kind not in ("Custom::CDKBucketDeployment", "Custom::S3AutoDeleteObjects"):
            note(f"the custom resource {kw['LogicalId']} ({kind}) is not run by the embedded AWS")
        resource = cls(region_name, str(mock_random.uuid4()), kw["LogicalId"], resource_name)
        resource.set_data({})
        return resource

    @classmethod  # type: ignore[misc]
    def update(cls: Any, original_resource: Any, *_args: Any, **_kw: Any) -> Any:
        return original_resource

    @classmethod  # type: ignore[misc]
    def delete(cls: Any, *_args: Any, **_kw: Any) -> None: ...

    model.create_from_cloudformation_json = create
    model.update_from_cloudformation_json = update
    model.delete_from_cloudformation_json = delete
