"""What a page of another site gets from the embedded AWS in a real browser: nothing, at any of its ports."""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from foreign_page import open_window, try_everything
from local_stack import LAYER, LocalAws, ask, code_zip, stack_template

from athenaeum.local_aws import places

NOTHING = ("failed", "opaque", "silent")
STACK = {"Resources": {"Made": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}}
CREATE = f"Action=CreateStack&Version=2010-05-15&StackName=OfAPage&TemplateBody={json.dumps(STACK)}"


@pytest.fixture(scope="module")
def ports(aws: LocalAws) -> dict[str, Any]:
    return dict(json.loads(places.state_file(aws.home).read_text()))


def known(found: dict[str, str]) -> dict[str, str]:
    """What the page knows now."""
    return {name: got for name, got in found.items() if got not in NOTHING}


def test_a_page_makes_no_stack_and_reads_nothing_through_the_apis(
    aws: LocalAws, ports: dict[str, Any], browser: Any, site: str
) -> None:
    apis = f"http://localhost:{ports['apis']}"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="secrets")
    s3.put_object(Bucket="secrets", Key="current.json", Body=b"secret")
    # An own rule of the bucket lets no page in either.
    rule = {"AllowedMethods": ["GET", "PUT", "POST"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="secrets", CORSConfiguration={"CORSRules": [rule]})
    before = places.calls_log(aws.home).read_text().count("CreateStack 403")
    for path, body in (("/?" + CREATE, CREATE), ("/secrets/current.json", "x=y"), ("/moto-api/reset", "x=y")):
        assert known(try_everything(browser, site=site, target=apis, path=path, body=body)) == {}, path
    # The page did reach the port.
    assert places.calls_log(aws.home).read_text().count("CreateStack 403") > before
    assert "OfAPage" not in str(aws.client("cloudformation").describe_stacks()["Stacks"])
    assert s3.get_object(Bucket="secrets", Key="current.json")["Body"].read() == b"secret"
    assert open_window(browser, site=site, address=f"{apis}/secrets/current.json") == "failed"


def test_a_page_gets_nothing_from_the_control_port(
    aws: LocalAws, ports: dict[str, Any], browser: Any, site: str
) -> None:
    control = f"http://localhost:{ports['control']}"
    assert known(try_everything(browser, site=site, target=control, path="/down", body="x=y")) == {}
    assert aws.status["running"]
    # The token alone is not enough for a page.
    held = {"Authorization": f"Bearer {ports['token']}"}
    assert ask(f"{control}/status", method="POST", body=b"", headers=held).status == 200
    for foreign in ({"Origin": site}, {"Sec-Fetch-Site": "same-origin"}, {"Host": "evil.test"}):
        assert ask(f"{control}/down", method="POST", body=b"", headers={**held, **foreign}).status in (403, 421)
    assert aws.status["running"]


def test_a_page_reaches_a_function_only_when_the_stack_names_its_origin(
    aws: LocalAws, echo: dict[str, Any], browser: Any, site: str
) -> None:
    served = ask(f"{echo['endpoint']}/x").json["served"]
    found = try_everything(browser, site=site, target=echo["endpoint"], path="/x", body="x=y")
    assert known(found) == {}
    # No instance was asked anything meanwhile.
    assert ask(f"{echo['endpoint']}/x").json["served"] == served + 1
    template = stack_template(environment={"ATHENAEUM_CORS_ORIGINS": f"https://docs.example.com,{site}"})
    stack = aws.deploy("Named", template, **{"code.zip": code_zip(), "layer.zip": LAYER})
    at = f"{stack['endpoint']}/x"
    assert ask(at, headers={"Origin": site, "Sec-Fetch-Site": "cross-site"}).status == 200
    assert ask(at, headers={"Origin": "https://docs.example.com"}).status == 200
    for neighbour in ("http://localhost:4000", "http://127.0.0.1:3000", "http://docs.localhost"):
        assert ask(at, headers={"Origin": neighbour, "Sec-Fetch-Site": "same-site"}).status == 200
    refused = ask(at, headers={"Origin": "https://evil.example"})
    assert (refused.status, "ATHENAEUM_CORS_ORIGINS" in refused.body.decode()) == (403, True)
    aws.delete("Named")


def test_a_name_of_another_site_that_leads_here_is_refused_by_every_port(
    ports: dict[str, Any], echo: dict[str, Any], browser: Any
) -> None:
    page = browser.new_context().new_page()
    gateway = urlsplit(echo["endpoint"])
    for port, path in ((gateway.port, "/prod/x"), (ports["apis"], "/secrets/current.json")):
        assert page.goto(f"http://evil.test:{port}{path}").status in (403, 421), port
    page.context.close()


def test_the_printed_address_opens_in_a_browser(echo: dict[str, Any], browser: Any) -> None:
    page = browser.new_context().new_page()
    for address in (echo["endpoint"], f"{echo['endpoint']}/"):
        answer = page.goto(address)
        assert answer.status == 200
        assert json.loads(answer.text())["path"] == "/"
    page.context.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one loopback address")
def test_the_emulators_of_instances_listen_where_no_page_finds_them(aws: LocalAws, echo: dict[str, Any]) -> None:
    ask(f"{echo['endpoint']}/x")
    found = set()
    for instance in aws.stack("Echo")["functions"][0]["instances"]:
        for process in psutil.Process(instance["pid"]).children(recursive=True):
            if process.name().startswith("aws-lambda-rie"):
                listening = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
                found |= {each.laddr.ip for each in listening}
    assert found
    assert all(address.startswith("127.") and address != "127.0.0.1" for address in found), found
