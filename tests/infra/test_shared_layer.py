"""A layer in a stack of its own, handed to the server's stack as docs/constructs.md says."""

import json
from pathlib import Path


def test_a_layer_of_another_stack_is_handed_over_without_an_export(tmp_path: Path) -> None:
    from aws_cdk import App, Stack
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_ssm as ssm

    from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

    app = App(outdir=str(tmp_path / "cdk.out"))
    layers, docs = Stack(app, "Layers"), Stack(app, "Docs")
    deps = DependenciesLayerConstruct(layers, "Deps")
    ssm.StringParameter(layers, "DepsArn", parameter_name="/docs/layer", string_value=deps.layer.layer_version_arn)
    arn = ssm.StringParameter.value_for_string_parameter(docs, "/docs/layer")
    layer = lambda_.LayerVersion.from_layer_version_arn(docs, "Deps", arn)
    MCPServerConstruct(docs, "Server", dependencies_layer=layer)
    docs.add_stack_dependency(layers)
    app.synth()
    made = {
        name: json.loads((tmp_path / "cdk.out" / f"{name}.template.json").read_text()) for name in ("Layers", "Docs")
    }
    assert not any("Export" in each for each in made["Layers"].get("Outputs", {}).values())
    assert "Fn::ImportValue" not in json.dumps(made["Docs"])
    (function,) = [
        each["Properties"]
        for each in made["Docs"]["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function" and each["Properties"].get("Handler") == "run.sh"
    ]
    assert any("Ref" in each and "docslayer" in each["Ref"] for each in function["Layers"])
