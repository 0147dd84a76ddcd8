"""API keys of a stack, in moto's API Gateway: made with the stack, read by `aws apigateway get-api-key`, gone with it.

moto has keys, and no CloudFormation type for them.
"""

from typing import Any


def know_api_keys() -> None:
    """Add the type; a key's value is made here, and stands in no template."""
    from moto.apigateway.models import apigateway_backends
    from moto.core import common_models

    base: Any = common_models.CloudFormationModel

    class StackApiKey(base):  # type: ignore[misc]
        def __init__(self, key_id: str) -> None:
            self.physical_resource_id = key_id

        @staticmethod
        def cloudformation_name_type() -> str:
            return "Name"

        @staticmethod
        def cloudformation_type() -> str:
            return "AWS::ApiGateway::ApiKey"

        @classmethod
        def create_from_cloudformation_json(
            cls, name: str, cloudformation_json: Any, account_id: str, region_name: str, **_kw: Any
        ) -> Any:
            known = cloudformation_json.get("Properties", {})
            fields = {"description": known.get("Description"), "value": known.get("Value")}
            payload = {"name": known.get("Name", name), "enabled": bool(known.get("Enabled", True)), **fields}
            return cls(apigateway_backends[account_id][region_name].create_api_key(payload).id)

        @classmethod
        def update_from_cloudformation_json(cls, original_resource: Any, **_kw: Any) -> Any:
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(
            cls, resource_name: str, _json: Any, account_id: str, region_name: str
        ) -> None:
            apigateway_backends[account_id][region_name].keys.pop(resource_name, None)

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return attr == "APIKeyId"

        def get_cfn_attribute(self, _name: str) -> str:
            return str(self.physical_resource_id)
