"""A stack whose API is guarded: the authorizer as it is shipped, a key with a quota, and gateway responses."""

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any

from local_issuer import AUDIENCE
from local_stack import stack_template

from athenaeum.infra.bundles.function import code_files
from athenaeum.infra.bundles.shipped import PACKAGE

CHALLENGE = "'Bearer resource_metadata=\"https://docs.example.org/.well-known/oauth-protected-resource\"'"
SAID = '{"error":{"message":$context.error.messageString,"type":"authentication_error","param":null,"code":"no"}}'


def verifying_layer() -> bytes:
    """PyJWT and what it needs, from this environment, as a layer."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("jwt", "cryptography", "cffi", "_cffi_backend", "pycparser"):
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                continue
            root = Path(spec.origin).parent
            files = [Path(spec.origin)] if name.startswith("_") else [p for p in root.rglob("*") if p.is_file()]
            for path in files:
                if "__pycache__" not in path.parts:
                    inside = path.name if name.startswith("_") else f"{name}/{path.relative_to(root).as_posix()}"
                    archive.write(path, f"python/{inside}")
    return buffer.getvalue()


def authorizer_zip() -> bytes:
    """The code as it is shipped."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in code_files().items():
            archive.write(path, name)
        archive.write(PACKAGE / "oauth_authorizer.py", "oauth_authorizer.py")
    return buffer.getvalue()


def guarded(issuer: str, **at: dict[str, Any]) -> dict[str, Any]:
    """The test stack with an authorizer, a key and gateway responses; `at` changes its two methods."""
    template = stack_template(EphemeralStorage={"Size": 64})
    api, resources = {"Ref": "Api"}, template["Resources"]

    def add(name: str, kind: str, **properties: Any) -> None:
        resources[name] = {"Type": kind, "Properties": properties}

    check = dict(resources["Server"]["Properties"])
    told = {"OAUTH_ISSUER": issuer, "OAUTH_AUDIENCE": AUDIENCE}
    check |= {"Code": {"S3Bucket": "assets", "S3Key": "authorizer.zip"}, "Handler": "oauth_authorizer.handler"}
    check |= {"Layers": [{"Ref": "Jwt"}], "Environment": {"Variables": told}, "Timeout": 10}
    add("Jwt", "AWS::Lambda::LayerVersion", Content={"S3Bucket": "assets", "S3Key": "jwt.zip"})
    add("Check", "AWS::Lambda::Function", **check)
    arn = {"Fn::GetAtt": ["Check", "Arn"]}
    uri = {"Fn::Join": ["", ["arn:aws:apigateway:us-east-1:lambda:path/x/functions/", arn, "/invocations"]]}
    kept = {"AuthorizerResultTtlInSeconds": 300, "IdentitySource": "method.request.header.Authorization"}
    add("Ask", "AWS::ApiGateway::Authorizer", RestApiId=api, Name="a", Type="REQUEST", AuthorizerUri=uri, **kept)
    add("Key", "AWS::ApiGateway::ApiKey", Enabled=True)
    add("Plan", "AWS::ApiGateway::UsagePlan", ApiStages=[{"ApiId": api}], Quota={"Limit": 3, "Period": "MONTH"})
    joined = {"KeyId": {"Ref": "Key"}, "UsagePlanId": {"Ref": "Plan"}}
    add("PlanKey", "AWS::ApiGateway::UsagePlanKey", KeyType="API_KEY", **joined)
    shown = {"RestApiId": api, "ResponseTemplates": {"application/json": SAID}}
    header = {"gatewayresponse.header.WWW-Authenticate": CHALLENGE}
    add("Said", "AWS::ApiGateway::GatewayResponse", ResponseType="UNAUTHORIZED", ResponseParameters=header, **shown)
    for name, changes in at.items():
        resources[name]["Properties"] |= changes
    return template


CUSTOM = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Ask"}}
