"""What the configuration means for one environment, and for the server that is deployed there."""

import difflib
from collections.abc import Collection

from athenaeum import names
from athenaeum.config.schema import KNOWN_ENVIRONMENTS, PRODUCTION, AuthConfig, Config, Domain, Environment
from athenaeum.errors import ConfigError
from athenaeum.settings import ServerSettings


def stack_name_in(name: str, environment: str) -> str:
    """The name of a stack in an environment, which it ends with; the same again for one that already does.

    `ConfigError` where the two together are no stack's name.
    """
    whole = f"{name}-{environment}" if environment and not name.endswith(f"-{environment}") else name
    try:
        return names.STACK.hold(whole)
    except names.MisfitError as error:
        raise ConfigError(
            f"In the environment {environment} the stack would be called {names.shown(whole)}, {error.reason}.",
            remedy=f"Name it: deploy.environments.{environment}.stack. {error.remedy}",
        ) from None


def config_for(config: Config, environment: str, *, given: Collection[str] = ()) -> Config:
    """The configuration as it holds in an environment ("" is none); `ConfigError` for one that was not meant.

    What the environment says goes before what `deploy` and `auth` say for all of them, and behind the dotted names in
    `given`, which a flag or an input has set.
    """
    every = config.deploy.environments
    if environment and every and environment not in (*every, *KNOWN_ENVIRONMENTS):
        near = difflib.get_close_matches(environment, every, n=1)
        raise ConfigError(
            f"There is no environment {environment!r} in the configuration.",
            remedy=f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(every)}.",
        )
    there = every.get(environment, Environment())
    said = {name: getattr(there, name) for name in there.model_fields_set if f"deploy.{name}" not in given}
    if environment and environment not in PRODUCTION:
        # A domain leads to one stack: that of production, or of the environment that names it.
        said.setdefault("domain", Domain())
    if config.deploy.stack and not said.get("stack"):
        said["stack"] = stack_name_in(config.deploy.stack, environment)
    chosen = config.auth.mode if "auth.mode" in given else there.auth or config.auth.mode
    mode = chosen or ("oauth" if config.auth.issuer else "")
    return config.model_copy(
        update={
            "deploy": config.deploy.model_copy(update=said),
            "auth": config.auth.model_copy(update={"mode": mode}),
        }
    )


def server_settings(config: Config) -> ServerSettings:
    """What the owner's configuration means for the deployed server."""
    oauth = config.auth if config.auth.mode == "oauth" else AuthConfig()
    return ServerSettings(
        oauth_issuer=oauth.issuer,
        oauth_audience=oauth.audience,
        oauth_jwks_url=oauth.jwks_url,
        site_name=config.site.name,
        cors_origins=",".join(config.deploy.cors) or ServerSettings().cors_origins,
        chat_provider=config.chat.provider,
        chat_model=config.chat.model,
        chat_base_url=config.chat.base_url,
    )
