"""What a client of a deployed API sees: the real emulator and adapter behind the gateway."""

import json
import threading
from typing import Any

from local_stack import LAYER, LocalAws, ask, code_zip, stack_template


def test_a_request_reaches_the_function_with_everything_api_gateway_passes_on(echo: dict[str, Any]) -> None:
    answer = ask(
        f"{echo['endpoint']}/a%20b/c?q=1&q=%C3%A9",
        method="POST",
        body="grüße ✓".encode(),
        headers={"X-Mine": "yes", "Content-Type": "text/plain"},
    )
    assert answer.status == 200
    seen = answer.json
    assert seen["method"] == "POST"
    assert seen["body"] == "grüße ✓"
    assert seen["path"].split("?")[0] in ("/a%20b/c", "/a b/c")
    assert sorted(seen["path"].split("?")[1].split("&")) == ["q=%C3%A9", "q=1"]
    assert seen["headers"]["x-mine"] == "yes"
    context = json.loads(seen["headers"]["x-amzn-request-context"])
    assert context["stage"] == "prod"


def test_the_host_root_and_unknown_stages_are_refused_as_api_gateway_does(echo: dict[str, Any]) -> None:
    host = echo["endpoint"].removesuffix("/prod")
    assert ask(f"{host}/").status == 403
    assert ask(f"{host}/other/health").status == 403
    assert ask(f"{host}/ping").body == b"healthy"


def test_a_page_that_points_its_own_name_at_loopback_is_refused(echo: dict[str, Any]) -> None:
    for name in ("evil.example", "evil.example:80", "[bad", "localhost.evil.example"):
        assert ask(f"{echo['endpoint']}/x", headers={"Host": name}).status == 403, name
    for name in ("localhost:1", "127.0.0.1", "[::1]:8000", "docs.localhost"):
        assert ask(f"{echo['endpoint']}/x", headers={"Host": name}).status == 200, name


def test_at_a_domain_of_its_own_an_api_answers_without_its_stage(aws: LocalAws) -> None:
    template = stack_template()
    known = {"DomainName": "docs.acme.example", "RegionalCertificateArn": "arn:aws:acm:us-east-1:1:certificate/1"}
    mapping = {"DomainName": {"Ref": "Domain"}, "RestApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}
    template["Resources"]["Domain"] = {"Type": "AWS::ApiGateway::DomainName", "Properties": known}
    template["Resources"]["Mapping"] = {"Type": "AWS::ApiGateway::BasePathMapping", "Properties": mapping}
    template["Outputs"]["Own"] = {"Value": "https://docs.acme.example/mcp"}
    stack = aws.deploy("Named", template, **{"code.zip": code_zip(), "layer.zip": LAYER})
    root = stack["endpoint"].removesuffix("/prod")
    # The same path is another one there: a stage is just a word.
    for path in ("/search?q=1", "/prod/search"):
        seen = ask(f"{root}{path}", headers={"Host": "docs.acme.example"}).json
        assert seen["path"] == path
        assert json.loads(seen["headers"]["x-amzn-request-context"])["domainName"] == "docs.acme.example"
    assert ask(f"{stack['endpoint']}/search").json["path"] == "/search"
    assert ask(f"{root}/search").status == 403
    assert ask(f"{root}/search", headers={"Host": "docs.other.example"}).status == 403
    assert stack["outputs"]["Own"] == f"{stack['endpoint']}/mcp"
    aws.delete("Named")


def test_www_authenticate_is_renamed_and_cookies_stay_apart(echo: dict[str, Any]) -> None:
    answer = ask(f"{echo['endpoint']}/unauthorized")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] is None
    assert answer.headers["x-amzn-Remapped-www-authenticate"] == 'Bearer realm="x"'
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_large_answers_pass_and_large_requests_do_not(echo: dict[str, Any]) -> None:
    assert len(ask(f"{echo['endpoint']}/large").body) == 3_000_000
    refused = ask(f"{echo['endpoint']}/x", method="POST", body=b"x" * (10 * 1024 * 1024 + 1))
    assert refused.status == 413
    # Within API Gateway's limit, beyond the one of a Lambda event.
    assert ask(f"{echo['endpoint']}/x", method="POST", body=b"x" * (7 * 1024 * 1024)).status == 413


def test_a_request_without_a_length_is_read_to_its_last_chunk(echo: dict[str, Any]) -> None:
    import http.client

    host = echo["endpoint"].removeprefix("http://").removesuffix("/prod")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("POST", "/prod/x", body=iter([b"one ", b"two"]), encode_chunked=True)
    assert json.loads(connection.getresponse().read())["body"] == "one two"
    connection.close()


def test_concurrent_requests_run_on_several_instances_up_to_the_limit(aws: LocalAws, echo: dict[str, Any]) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(f"{echo['endpoint']}/slow").json)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 5
    assert len({answer["started"] for answer in answers}) == 3
    assert aws.stack("Echo")["instances"] == 3
