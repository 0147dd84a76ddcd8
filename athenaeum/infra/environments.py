"""What an environment changes: `cdk deploy --context environment=prod`, with the settings of athenaeum.yml."""

from constructs import IConstruct

from athenaeum.infra.context import ENVIRONMENT, PRODUCTION


def in_production(construct: IConstruct) -> bool:
    """Whether the app is deployed to an environment whose data outlives its stack."""
    return construct.node.try_get_context(ENVIRONMENT) in PRODUCTION
