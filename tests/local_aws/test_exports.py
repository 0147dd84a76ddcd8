"""Stacks that use each other's resources: what is in use stays, and a layer runs wherever it was made."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_stack import ADAPTER, ASSETS, LAYER, LocalAws, ask, code_zip, stack_template, zipped

SHARED = zipped(python__lib_dot_py="VALUE = 2\n", shared_dot_txt="from the shared layer")


def parameter(name: str, value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": value}}


def exporting(value: str = "one", **more: str) -> dict[str, Any]:
    """A stack that exports `shared-name`, and what else is named."""
    names = {"shared-name": value, **more}
    outputs = {f"Out{n}": {"Value": v, "Export": {"Name": k}} for n, (k, v) in enumerate(names.items())}
    return {"Resources": {"Kept": parameter("/kept", "x")}, "Outputs": outputs}


def importing(*names: str) -> dict[str, Any]:
    resources = {f"Use{n}": parameter(f"/use/{name}", {"Fn::ImportValue": name}) for n, name in enumerate(names)}
    outputs = {f"Out{n}": {"Value": {"Fn::ImportValue": name}} for n, name in enumerate(names)}
    return {"Resources": resources or {"Alone": parameter("/alone", "x")}, "Outputs": outputs}


@pytest.fixture
def formation(aws: LocalAws) -> Iterator[Any]:
    made = aws.client("cloudformation")
    yield made
    for name in ("Late", "Importer", "Second", "Exporter"):
        made.delete_stack(StackName=name)


def create(formation: Any, name: str, template: dict[str, Any]) -> None:
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))


def update(formation: Any, name: str, template: dict[str, Any]) -> None:
    formation.update_stack(StackName=name, TemplateBody=json.dumps(template))


def outputs(formation: Any, name: str) -> dict[str, str]:
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}


def test_a_stack_whose_export_is_in_use_is_not_deleted_and_stays_as_it_is(formation: Any) -> None:
    create(formation, "Exporter", exporting())
    create(formation, "Importer", importing("shared-name"))
    with pytest.raises(ClientError, match="Export shared-name cannot be deleted as it is in use by Importer"):
        formation.delete_stack(StackName="Exporter")
    # By its id too; and everything can still be told and changed.
    with pytest.raises(ClientError, match="in use by Importer"):
        formation.delete_stack(StackName=formation.describe_stacks(StackName="Exporter")["Stacks"][0]["StackId"])
    assert outputs(formation, "Exporter") == {"Out0": "one"}
    assert outputs(formation, "Importer") == {"Out0": "one"}
    assert {"Exporter", "Importer"} <= {each["StackName"] for each in formation.describe_stacks()["Stacks"]}
    update(formation, "Exporter", exporting(second="two"))
    formation.delete_stack(StackName="Importer")
    formation.delete_stack(StackName="Exporter")
    assert not [each for each in formation.list_exports()["Exports"] if each["Name"] in ("shared-name", "second")]
    with pytest.raises(ClientError, match="does not exist"):
        formation.describe_stacks(StackName="Exporter")


def test_an_update_cannot_take_away_or_change_an_export_in_use(formation: Any) -> None:
    create(formation, "Exporter", exporting(second="two"))
    create(formation, "Importer", importing("shared-name"))
    without = exporting()
    without["Outputs"] = {"Other": {"Value": "x"}}
    with pytest.raises(ClientError, match="Export shared-name cannot be deleted as it is in use by Importer"):
        update(formation, "Exporter", without)
    with pytest.raises(ClientError, match="Export shared-name cannot be updated as it is in use by Importer"):
        update(formation, "Exporter", exporting("changed", second="two"))
    assert outputs(formation, "Exporter") == {"Out0": "one", "Out1": "two"}
    # What nobody uses goes.
    update(formation, "Exporter", exporting())
    assert "second" not in {each["Name"] for each in formation.list_exports()["Exports"]}
    with pytest.raises(ClientError, match="No export named second"):
        create(formation, "Second", importing("second"))


def test_what_an_update_exports_can_be_imported_by_a_stack_of_any_age(formation: Any) -> None:
    create(formation, "Late", importing())
    create(formation, "Exporter", {"Resources": {"Kept": parameter("/kept", "x")}})
    update(formation, "Exporter", exporting())
    update(formation, "Late", importing("shared-name"))
    assert outputs(formation, "Late") == {"Out0": "one"}
    create(formation, "Second", {"Resources": {"Kept": parameter("/other", "x")}})
    with pytest.raises(ClientError, match="Export with name shared-name is already exported"):
        update(formation, "Second", exporting("mine"))
    with pytest.raises(ClientError, match="in use by Late"):
        formation.delete_stack(StackName="Exporter")


def test_a_stack_of_a_change_set_imports_and_exports_like_any_other(formation: Any) -> None:
    create(formation, "Exporter", exporting())
    template = importing("shared-name")
    # The name is not known before the parameter is.
    template["Parameters"] = {"Which": {"Type": "String", "Default": "ird"}}
    template["Outputs"]["Own"] = {"Value": "three", "Export": {"Name": {"Fn::Sub": "th${Which}"}}}
    made = formation.create_change_set(
        StackName="Importer", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
    )
    formation.execute_change_set(ChangeSetName=made["Id"])
    assert outputs(formation, "Importer") == {"Out0": "one", "Own": "three"}
    create(formation, "Late", importing("third"))
    with pytest.raises(ClientError, match="Export third cannot be deleted as it is in use by Late"):
        formation.delete_stack(StackName="Importer")


def using(layer: Any, **more: Any) -> dict[str, Any]:
    template = stack_template(Layers=[ADAPTER, layer])
    return {**template, **more}


def shown(aws: LocalAws, name: str, template: dict[str, Any]) -> list[str]:
    """What is under /opt of a deployed function."""
    stack = aws.deploy(name, template, **{"code.zip": code_zip(), "layer.zip": LAYER})
    answer = ask(f"{stack['endpoint']}/file-system")
    assert answer.status == 200, (answer.body, stack["notes"])
    return list(answer.json["opt"])


def test_a_layer_of_another_stack_or_of_none_runs(aws: LocalAws, formation: Any) -> None:
    content = {"S3Bucket": ASSETS, "S3Key": "shared.zip"}
    shared = {
        "Resources": {"Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}}},
        "Outputs": {"Arn": {"Value": {"Ref": "Layer"}, "Export": {"Name": "layer-arn"}}},
    }
    aws.client("s3").create_bucket(Bucket=ASSETS)
    aws.client("s3").put_object(Bucket=ASSETS, Key="shared.zip", Body=SHARED)
    create(formation, "Exporter", shared)
    arn = outputs(formation, "Exporter")["Arn"]
    assert "shared.txt" in shown(aws, "Importer", using({"Fn::ImportValue": "layer-arn"}))
    assert "shared.txt" in shown(aws, "Importer", using(arn))
    given = using({"Ref": "Given"}, Parameters={"Given": {"Type": "String", "Default": arn}})
    assert "shared.txt" in shown(aws, "Importer", given)
    published = aws.client("lambda").publish_layer_version(LayerName="by-hand", Content={"ZipFile": SHARED})
    assert "shared.txt" in shown(aws, "Importer", using(published["LayerVersionArn"]))


def test_a_stack_that_cannot_be_run_keeps_no_other_from_being_told_of(aws: LocalAws, formation: Any) -> None:
    aws.deploy("Late", stack_template(), **{"code.zip": code_zip(), "layer.zip": LAYER})
    create(formation, "Second", stack_template(Code={"ZipFile": "def handler(*_): ..."}))
    assert outputs(formation, "Late")["APIEndpoint"].startswith("http://localhost:")
    assert ask(f"{aws.stack('Late')['endpoint']}/x").status == 200
    assert "Server has its code in the template" in aws.stack("Second")["failure"]
