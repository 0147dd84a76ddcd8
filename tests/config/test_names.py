"""Names that leave the configuration fit their rule or are refused where they are read, with the line and a remedy."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum import names
from athenaeum.config import Config, config_for, load_config
from athenaeum.errors import ConfigError, UsageError

RULES = {name: rule for name, rule in vars(names).items() if isinstance(rule, names.Rule)}
FITS = {
    "STACK": ["Docs", "a", "My-Docs-2", "x" * 128],
    "SERVER": ["Docs", "Docs/Second"],
    "APP_STACK": ["Docs", "Prod/Docs"],
    "REGION": ["eu-central-1", "us-gov-west-1", "us-isob-east-1", "cn-northwest-1", "ap-southeast-7", "eusc-de-east-1"],
    "ROLE": [
        "arn:aws:iam::123456789012:role/Deploy",
        "arn:aws-cn:iam::123456789012:role/Deploy",
        "arn:aws-us-gov:iam::123456789012:role/a/b/c/Deploy_+=,.@-1",
        "arn:aws:iam::123456789012:role/service-role/x",
    ],
    "QUALIFIER": ["hnb659fds", "acme", "a_-1"],
    "ENVIRONMENT": ["dev", "prod", "pre.prod", "staging_eu", "2"],
    "SECRET": [
        "/docs/openai",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:openai-AbCdEf",
        "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/docs/key",
    ],
    "BUCKET": ["docs-index", "a.b.c"],
    "PREFIX": ["index/", "a/b/"],
    "KEY": ["arn:aws:kms:eu-central-1:123456789012:key/0a1b-2c"],
    "FOLDER": ["docs", "website/docs", "my docs", "文档", "src/content/docs/", "a.b"],
    "PROJECT": ["my-docs", "9.x"],
    "SERVER_ID": ["Server", "S3rver"],
    "CERTIFICATE": ["arn:aws:acm:eu-central-1:123456789012:certificate/0a1b-2c"],
    "ZONE": ["Z0123456789ABCDEFGHIJ"],
    "WEB_ACL": ["arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/docs_1/0a1b-2c"],
    "DOMAIN": ["search.example.com", "a.io", "xn--bcher-kva.example"],
    "ORIGIN": ["*", "https://docs.example.com", "http://localhost:8000"],
    "POLICY": ["arn:aws:iam::123456789012:policy/team/bound", "arn:aws:iam::aws:policy/PowerUserAccess"],
}
REFUSED = {
    "STACK": ["9lives", "a_b", "a b", "x" * 129, "Docs/Server"],
    "SERVER": ["Docs/", "Docs/a/b", "/a"],
    "APP_STACK": ["Docs/", "Doc*", "--all"],
    "REGION": ["eu-central", "EU-central-1", "https://x", "eu-central-1.evil.example"],
    "ROLE": [
        "Deploy",
        "arn:aws:iam::123:role/x",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123456789012:role/a*",
    ],
    "QUALIFIER": ["eleven-char", "a b"],
    "ENVIRONMENT": ["-dev", "a/b", "a b", "x" * 65],
    "SECRET": ["sk-abc", "arn:aws:secretsmanager:*:*:secret:*", "arn:aws:ssm:eu-central-1:123456789012:parameter/*"],
    "BUCKET": ["*", "UPPER", "a"],
    "PREFIX": ["*", "a b"],
    "KEY": ["*", "arn:aws:kms:eu-central-1:123456789012:key/*"],
    "FOLDER": ["/etc", "../up", "a/../b", "..", ".git", 'a"b', "a\\b", "a{b"],
    "PROJECT": [".git", "a/b", "..", ""],
    "SERVER_ID": ["My-Server", "a b"],
    "CERTIFICATE": ["*", "arn:aws:acm:eu-central-1:123456789012:certificate/*"],
    "ZONE": ["/hostedzone/Z01", "z01"],
    "WEB_ACL": ["arn:aws:wafv2:us-east-1:123456789012:global/webacl/docs/1"],
    "DOMAIN": ["https://a.io", "localhost", "-a.io", "A.io", "a..io", "a.io/x"],
    "ORIGIN": ["docs.example.com", "https://docs.example.com/", "https://*.example.com", "null"],
    "POLICY": ["PowerUserAccess", "arn:aws:iam::123456789012:policy/*"],
}
HOSTILE = [
    "{{ 7 * 7 }}",
    "a\nb",
    "a\n",
    "$(id)",
    "a;b",
    "`id`",
    "a\x00",
    "a\u2028b",
    "{{resolve:ssm:/x}}",
    "${{ github.token }}",
]


@pytest.mark.parametrize("name", RULES)
def test_every_rule_takes_what_aws_takes_and_refuses_what_steers(name: str) -> None:
    rule = RULES[name]
    for value in FITS[name]:
        assert rule.hold(value) == value
    for value in [*filter(None, REFUSED[name]), *HOSTILE]:
        with pytest.raises(names.MisfitError):
            rule.hold(value)


@given(st.text(max_size=40))
def test_no_name_holds_a_line_end_a_brace_or_a_shell_word(text: str) -> None:
    for name, rule in RULES.items():
        try:
            rule.hold(text)
        except names.MisfitError:
            continue
        assert not set(text) & set('\n\r\x00{}`$;"<>|&\\*?'), name


@pytest.mark.parametrize("name", RULES)
def test_a_rule_costs_linear_time(name: str) -> None:
    head = "arn:aws:iam::123456789012:role/" if name == "ROLE" else ""

    def cost(size: int) -> float:
        begun = time.process_time()
        for unit in ("a/", "a-", "aa", "/", " a", "a.", "-a"):
            with pytest.raises(names.MisfitError):
                RULES[name].hold(f"{head}{unit * size}\n")
        return time.process_time() - begun

    # Eight times as much may take eight times as long; a square would be 64 times.
    assert cost(80_000) < 24 * max(cost(10_000), 0.002)


ATTACK = "{{ cycler.__init__.__globals__.os.popen('touch pwned').read() }}"
PLACES = {
    "deploy.stack": "deploy:\n  stack: {}\n",
    "deploy.region": "deploy:\n  region: {}\n",
    "deploy.environments.dev.stack": "deploy:\n  environments:\n    dev:\n      stack: {}\n",
    "deploy.environments.dev.region": "deploy:\n  environments:\n    dev:\n      region: {}\n",
    "chat.secret": "chat:\n  secret: {}\n",
}


@pytest.mark.parametrize("value", [ATTACK, "My\nDocs", "a b"])
@pytest.mark.parametrize("setting", PLACES)
def test_a_name_of_the_file_is_refused_with_its_line_and_a_remedy(tmp_path: Path, setting: str, value: str) -> None:
    import json

    file = tmp_path / "athenaeum.yml"
    text = PLACES[setting].format(json.dumps(value))
    file.write_text(text)
    with pytest.raises(ConfigError, match=f"`{setting}` is") as refused:
        load_config(file)
    assert (refused.value.file, refused.value.line) == (str(file), text.count("\n"))
    assert refused.value.remedy.startswith(("Use ", "Write ", "Name "))
    assert "\n" not in str(refused.value)


def test_a_name_of_an_environment_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "athenaeum.yml"
    file.write_text("deploy:\n  environments:\n    dev: {}\n    '{{ 7 * 7 }}': {}\n")
    with pytest.raises(ConfigError, match="not a name of an environment") as refused:
        load_config(file)
    assert refused.value.line == 4


@pytest.mark.parametrize(
    "key", ["site.name", "site.url", "chat.model", "embedding.model", "evaluation.questions", "auth.issuer"]
)
@pytest.mark.parametrize("value", ["a\\nb", "a\\u2028b", "a\\x1b[2Jb", "https://a{{resolve:secretsmanager:prod/db}}"])
def test_no_text_steers_a_terminal_or_names_a_secret_to_cloudformation(tmp_path: Path, key: str, value: str) -> None:
    section, name = key.split(".")
    file = tmp_path / "athenaeum.yml"
    file.write_text(f'{section}:\n  {name}: "{value}"\n')
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert (refused.value.file, refused.value.line) == (str(file), 2)


def test_a_text_of_several_lines_is_for_the_system_prompt_alone() -> None:
    assert load_config(overrides={"chat.system_prompt": "One.\nTwo."}).chat.system_prompt == "One.\nTwo."


def test_an_environment_whose_stack_could_not_be_called_so_is_refused() -> None:
    config = Config.model_validate(
        {"deploy": {"stack": "Docs", "environments": {"pre.prod": {}, "a.b": {"stack": "AB"}}}}
    )
    with pytest.raises(ConfigError, match=r"'Docs-pre\.prod', not a CloudFormation stack name"):
        config_for(config, "pre.prod")
    assert config_for(config, "a.b").deploy.stack == "AB"


def test_a_name_that_must_be_there_is_asked_for() -> None:
    with pytest.raises(UsageError, match="The stack is not named"):
        names.STACK.need("", named="The stack")
