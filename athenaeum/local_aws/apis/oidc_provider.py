"""GitHub's identity provider in the embedded AWS: moto has the API and no CloudFormation resource for it."""

from typing import Any


def provider_resource() -> Any:
    """The class of `AWS::IAM::OIDCProvider` resources, which makes and removes the provider in moto's IAM."""
    from moto.core import common_models
    from moto.iam.models import iam_backends

    base: Any = common_models.CloudFormationModel

    class Provider(base):  # type: ignore[misc]
        def __init__(self, arn: str) -> None:
            self.physical_resource_id = arn

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return ""

        @classmethod
        def create_from_cloudformation_json(
            cls, _name: str, cloudformation_json: Any, account_id: str, *_: Any, **_kw: Any
        ) -> Any:
            said = cloudformation_json["Properties"]
            backend = iam_backends[account_id]["aws"]
            made = backend.create_open_id_connect_provider(
                url=said["Url"],
                thumbprint_list=said.get("ThumbprintList", []),
                client_id_list=said.get("ClientIdList", []),
                tags=[],
            )
            return cls(made.arn)

        @classmethod
        def update_from_cloudformation_json(cls, original_resource: Any, **_kw: Any) -> Any:
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, name: str, _json: Any, account_id: str, _region: str) -> None:
            iam_backends[account_id]["aws"].delete_open_id_connect_provider(name)

        def get_cfn_attribute(self, _name: str) -> str:
            return str(self.physical_resource_id)

    return Provider
