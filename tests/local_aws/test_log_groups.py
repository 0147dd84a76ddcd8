"""What functions print is in the emulated CloudWatch Logs, under the group of their template."""

from local_stack import LAYER, LocalAws, ask, code_zip, stack_template, until


def test_what_a_function_prints_is_read_by_any_aws_client(aws: LocalAws) -> None:
    template = stack_template()
    template["Resources"]["Logs"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/docs/server"}}
    template["Resources"]["Server"]["Properties"]["LoggingConfig"] = {"LogGroup": {"Ref": "Logs"}}
    code = {"code.zip": code_zip(), "layer.zip": LAYER}
    stack = aws.deploy("Printing", template, **code)
    assert ask(f"{stack['endpoint']}/x").status == 200
    logs = aws.client("logs")

    def messages() -> list[str]:
        found = logs.filter_log_events(logGroupName="/docs/server", filterPattern='{ $.event = "*" }')
        return [event["message"] for event in found["events"]]

    assert until(lambda: any(message.startswith("REPORT RequestId:") for message in messages()))
    known = aws.client("lambda").get_function_configuration(FunctionName=stack["functions"][0]["name"])
    assert known["LoggingConfig"]["LogGroup"] == "/docs/server"
    aws.delete("Printing")
    assert "/docs/server" not in [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
