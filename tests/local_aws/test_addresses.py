"""An output read by any AWS client leads to the API on this machine."""

from typing import Any

from local_stack import LAYER, LocalAws, ask, code_zip, stack_template


def test_an_address_among_the_outputs_answers_as_soon_as_it_can_be_read(aws: LocalAws) -> None:
    import json

    s3, formation = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket="assets")
    for key, data in {"code.zip": code_zip(), "layer.zip": LAYER}.items():
        s3.put_object(Bucket="assets", Key=key, Body=data)
    formation.create_stack(StackName="Addressed", TemplateBody=json.dumps(stack_template()))
    # At once, before anybody waited for the stack to be served.
    outputs: dict[str, Any] = {
        each["OutputKey"]: each["OutputValue"]
        for each in formation.describe_stacks(StackName="Addressed")["Stacks"][0]["Outputs"]
    }
    assert outputs["APIEndpoint"].startswith("http://localhost:")
    assert ask(f"{outputs['APIEndpoint']}/x").json["path"] == "/x"
    assert outputs["APIEndpoint"] == aws.stack("Addressed")["outputs"]["APIEndpoint"]
    assert outputs["Bucket"]
    aws.delete("Addressed")


def test_a_stack_made_and_changed_by_change_sets_is_served(aws: LocalAws) -> None:
    import json

    s3, formation = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket="assets")
    for key, data in {"code.zip": code_zip(), "layer.zip": LAYER}.items():
        s3.put_object(Bucket="assets", Key=key, Body=data)
    for kind, memory in (("CREATE", 256), ("UPDATE", 512)):
        formation.create_change_set(
            StackName="Changed",
            ChangeSetName=f"set-{memory}",
            ChangeSetType=kind,
            TemplateBody=json.dumps(stack_template(MemorySize=memory)),
        )
        formation.execute_change_set(StackName="Changed", ChangeSetName=f"set-{memory}")
        (described,) = formation.describe_stacks(StackName="Changed")["Stacks"]
        assert described["StackStatus"] == f"{kind}_COMPLETE"
        outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
        found = ask(f"{outputs['APIEndpoint']}/x").json["environment"]
        assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == str(memory)
    aws.delete("Changed")
