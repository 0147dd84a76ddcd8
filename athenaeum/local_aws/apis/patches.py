"""Gaps of moto 5.2.5 that CDK's own command line and templates fall into, closed in this process.

moto's classes are changed in memory, never its files. Each function says what goes wrong without it.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from athenaeum.local_aws.apis.api_keys import know_api_keys
from athenaeum.local_aws.apis.exports import keep_exports
from athenaeum.local_aws.apis.oidc_provider import provider_resource
from athenaeum.local_aws.template.read import in_order

Note = Callable[[str], None]

SILENT = ("Custom::CDKBucketDeployment", "Custom::S3AutoDeleteObjects")
"""Custom resources whose work the embedded AWS does itself."""


def patch(*, changed: Callable[[], None], note: Note) -> None:
    """Close the gaps. `changed` is called after each change of a stack, `note` gets a line for what is left out."""
    from moto.cloudformation import custom_model, models, parsing

    backend = models.CloudFormationBackend
    _know_every_type(parsing, note)
    _keep_what_cannot_be_updated(parsing, note)
    _add_in_order(parsing.ResourceMap)
    _know_layers()
    _let_readers_finish()
    _name_log_groups()
    _attach_managed_policies()
    know_api_keys()
    _keep_previous_parameters(backend)
    _ignore_unknown_change_sets(backend)
    _carry_out_change_sets(models.ChangeSet)
    _settle_custom_resources(custom_model.CustomModel, note)
    _delete_apis()
    _empty_buckets_first(backend)
    keep_exports()
    _undo_failed_creations(backend, note)
    _undo_failed_updates(backend, note)
    _report_changes(backend, changed)


def _know_every_type(parsing: Any, note: Note) -> None:
    """A resource of a type moto does not have is nothing: a reference to it fails the stack, or shows as "None".

    It gets a name and attributes here, and no behaviour. DynamoDB's global table is a table.
    """
    original = parsing.resource_class_from_type
    placeholder, provider = _placeholder(), provider_resource()

    def class_of(resource_type: str) -> Any:
        if resource_type in SAME_AS:
            return original(SAME_AS[resource_type])
        known = parsing.get_model_map()
        if resource_type in known or resource_type in parsing.NULL_MODELS or resource_type.startswith("Custom::"):
            return original(resource_type)
        if resource_type == "AWS::IAM::OIDCProvider":
            return provider
        if resource_type not in NAMED_ONLY:
            note(f"{resource_type} is not emulated: it has a name and does nothing")
        return placeholder

    parsing.resource_class_from_type = class_of


SAME_AS = {"AWS::DynamoDB::GlobalTable": "AWS::DynamoDB::Table"}
NAMED_ONLY = (
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::CDK::Metadata",
    "AWS::S3::BucketPolicy",
)
"""Types whose behaviour the gateway has itself, or that change nothing here: no note is needed."""


def _placeholder() -> Any:
    from moto.core import common_models

    base: Any = common_models.CloudFormationModel

    class Placeholder(base):  # type: ignore[misc]
        def __init__(self, name: str) -> None:
            self.physical_resource_id = name

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @classmethod
        def create_from_cloudformation_json(cls, name: str, cloudformation_json: Any, *_: Any, **_kw: Any) -> Any:
            known = cloudformation_json.get("Properties", {})
            return cls(str(known.get("StageName") or known.get("DomainName") or name))

        @classmethod
        def update_from_cloudformation_json(cls, original_resource: Any, **_kw: Any) -> Any:
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, *_: Any, **_kw: Any) -> None: ...

        def delete(self, *_: Any) -> None: ...

        def get_cfn_attribute(self, name: str) -> str:
            return f"{self.physical_resource_id}-{name}"

    return Placeholder


def _keep_what_cannot_be_updated(parsing: Any, note: Note) -> None:
    """A changed resource that moto cannot update is forgotten and made again, or fails the whole stack.

    A bucket without a name of its own is such: its update wants one.
    """
    original = parsing.parse_and_update_resource

    def update(logical_id: str, resource_json: Any, resources_map: Any, **kw: Any) -> Any:
        before = resources_map[logical_id]
        if resource_json["Type"] == "AWS::S3::Bucket":
            named = {"BucketName": before.physical_resource_id, **resource_json.get("Properties", {})}
            resource_json = {**resource_json, "Properties": named}
        try:
            return original(logical_id, resource_json, resources_map, **kw) or before
        except Exception as error:
            note(f"{logical_id}: its update is not emulated ({type(error).__name__}: {error})")
            return before

    parsing.parse_and_update_resource = update


def _know_layers() -> None:
    """A function's update asks for its layers by ARN, and gets objects without one, and layers of other accounts."""
    from moto.awslambda.models import LambdaFunction, LayerVersion

    layer_version: Any = LayerVersion
    function: Any = LambdaFunction
    layer_version.physical_resource_id = property(lambda layer: layer.arn)
    # What runs is read from the template; moto needs no more of a layer than its name.
    function._get_layers_data = lambda _self, arns: [{"Arn": str(arn), "CodeSize": 0} for arn in arns]


def _let_readers_finish() -> None:
    """An object that is written again while somebody reads it is closed under the reader: two jobs, the same asset.

    On S3 a reader keeps the version that it began with.
    """
    from moto.s3.models import FakeKey

    key: Any = FakeKey
    original = key.dispose

    def dispose(self: Any, garbage: bool = False) -> None:
        self.disposed = True
        if garbage:
            original(self, garbage=True)

    key.dispose = dispose


def _name_log_groups() -> None:
    """A function's configuration does not tell its log group."""
    from moto.awslambda.models import LambdaFunction

    from athenaeum.local_aws.apis.log_groups import log_groups

    function: Any = LambdaFunction
    original = function.get_configuration

    def configuration(self: Any, *args: Any, **kwargs: Any) -> Any:
        name = str(self.function_name)
        group = log_groups().get(name, f"/aws/lambda/{name}")
        return {**original(self, *args, **kwargs), "LoggingConfig": {"LogFormat": "Text", "LogGroup": group}}

    function.get_configuration = configuration


def _attach_managed_policies() -> None:
    """A role of a template has no managed policies in moto, so nobody could see what CloudFormation may do."""
    from moto.iam.models import Role, iam_backends

    original = Role.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create(cls: Any, name: str, resource: Any, account_id: str, region: str, **kwargs: Any) -> Any:
        role = original(cls, name, resource, account_id, region, **kwargs)
        known = iam_backends[account_id]["aws"].managed_policies
        for arn in resource["Properties"].get("ManagedPolicyArns", ()):
            # moto does not load AWS's own policies.
            if arn in known:
                known[arn].attach_to(role)
        return role

    Role.create_from_cloudformation_json = classmethod(create)  # type: ignore[assignment, arg-type]


def _add_in_order(resource_map: Any) -> None:
    """An update makes new resources in the template's order: an API's deployment before its methods, which fails."""
    original = resource_map.build_resource_diff

    def diff(self: Any, other_template: dict[str, Any], parameters: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = original(self, other_template, parameters)
        order = {name: place for place, name in enumerate(in_order(other_template["Resources"]))}
        return {**found, "Add": sorted(found["Add"], key=order.__getitem__)}

    resource_map.build_resource_diff = diff


def _undo_failed_creations(backend: Any, note: Note) -> None:
    """A stack that cannot be made stays half made, and clients are told to try again: it "already exists" then."""
    original = backend.create_stack

    def create(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        known = set(self.stacks)
        try:
            return original(self, name, *args, **kwargs)
        except Exception as error:
            for stack_id in [each for each, stack in self.stacks.items() if each not in known and stack.name == name]:
                stack = self.stacks.pop(stack_id)
                # An export that clashes is another stack's, and stays.
                for export in [each for each in self.exports.values() if each.exporting_stack_id == stack_id]:
                    del self.exports[export.name]
                _remove(stack, list(stack.resource_map._parsed_resources))
            _refuse(name, error, note)

    backend.create_stack = create


def _remove(stack: Any, logical_ids: list[str]) -> None:
    """Take away what was made of a stack before something could not be made."""
    resources = stack.resource_map
    for logical_id in reversed(logical_ids):
        made = resources._parsed_resources.pop(logical_id)
        with contextlib.suppress(Exception):
            resources._delete_resource(made, stack.template_dict["Resources"][logical_id])


def _refuse(name: str, error: Exception, note: Note) -> NoReturn:
    """Tell the client of `error` so that it does not try again: CloudFormation's own are told as they are."""
    from moto.cloudformation.exceptions import CloudFormationError, ValidationError

    if isinstance(error, CloudFormationError):
        raise error
    reason = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
    note(f"{name}: failed: {reason}")
    raise ValidationError(message=f"{name} failed: {reason}") from error


def _undo_failed_updates(backend: Any, note: Note) -> None:
    """After a failure in the middle of an update the stack has its new template: the retry finds "no changes".

    As CloudFormation does, what was made before the failure is removed again.
    """
    original = backend.update_stack

    def update(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        stack = self.get_stack(name)
        resources = stack.resource_map
        before = (stack.template, stack.template_dict, resources._template, resources._resource_json_map)
        known = set(resources._parsed_resources)
        try:
            return original(self, name, *args, **kwargs)
        except Exception as error:
            _remove(stack, [one for one in resources._parsed_resources if one not in known])
            stack.template, stack.template_dict, resources._template, resources._resource_json_map = before
            _refuse(stack.name, error, note)

    backend.update_stack = update


def _keep_previous_parameters(backend: Any) -> None:
    """`UsePreviousValue` of a parameter that was never given is a KeyError: it means the template's default."""

    def resolve(_self: Any, instance: Any, incoming_params: list[dict[str, Any]]) -> dict[str, str]:
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


def _carry_out_change_sets(change_set: Any) -> None:
    """Executing a change set makes the resources and leaves the stack its old template and outputs: none, for a new
    one. `cdk deploy` without `--method` ends well then, and nothing is served."""

    def apply(self: Any) -> None:
        self.stack.update(self.template, self.role_arn, parameters=self.parameters or None, tags=None)

    change_set.apply = apply


def _settle_custom_resources(model: Any, note: Note) -> None:
    """moto runs a custom resource's function in Docker and waits for its answer: here it is done at once.

    What CDK's bucket deployments do is performed from the deployed template afterwards (see `copies`).
    """

    def create(cls: Any, resource_name: str, *where: Any, **kw: Any) -> Any:
        from moto.moto_api._internal import mock_random

        if kw["ResourceType"] not in SILENT:
            note(f"the custom resource {kw['LogicalId']} ({kw['ResourceType']}) is not run by the embedded AWS")
        resource = cls(where[2], str(mock_random.uuid4()), kw["LogicalId"], resource_name)
        resource.set_data({})
        return resource

    model.create_from_cloudformation_json = classmethod(create)
    model.update_from_cloudformation_json = classmethod(lambda _cls, original_resource, **_kw: original_resource)
    model.delete_from_cloudformation_json = classmethod(lambda _cls, *_, **_kw: None)


def _delete_apis() -> None:
    """A REST API outlives its stack."""
    from moto.apigateway.models import RestAPI, apigateway_backends

    def delete(_cls: Any, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        apigateway_backends[account_id][region_name].apis.pop(resource_name, None)

    api: Any = RestAPI
    api.delete_from_cloudformation_json = classmethod(delete)


def _empty_buckets_first(backend: Any) -> None:
    """A bucket that holds objects cannot be deleted; with `auto_delete_objects` CDK's custom resource empties it."""
    original = backend.delete_stack

    def delete(self: Any, name_or_stack_id: str) -> Any:
        from moto.cloudformation.parsing import clean_json
        from moto.s3.models import s3_backends

        for stack in list(self.stacks.values()):
            if name_or_stack_id not in (stack.stack_id, stack.name):
                continue
            for resource in stack.template_dict.get("Resources", {}).values():
                if resource["Type"] == "Custom::S3AutoDeleteObjects":
                    bucket = clean_json(resource["Properties"]["BucketName"], stack.resource_map)
                    s3 = s3_backends[stack.account_id]["aws"]
                    if bucket in s3.buckets:
                        s3.buckets[bucket].keys.clear()
        return original(self, name_or_stack_id)

    backend.delete_stack = delete


def _report_changes(backend: Any, changed: Callable[[], None]) -> None:
    turn = threading.RLock()
    for name in ("create_stack", "update_stack", "delete_stack", "execute_change_set"):
        setattr(backend, name, _reporting(getattr(backend, name), changed, turn))


def _reporting(original: Callable[..., Any], changed: Callable[[], None], turn: threading.RLock) -> Callable[..., Any]:
    """moto's resources are made without locks: of two stacks that change at once, one would fail now and then."""

    def reporting(*args: Any, **kwargs: Any) -> Any:
        with turn:
            done = original(*args, **kwargs)
        changed()
        return done

    return reporting
