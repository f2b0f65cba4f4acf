"""Callers with tokens, late in a life: a second API serves the endpoint to an issuer's
users, and refuses every token that is not theirs."""

import datetime
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from groundplan import DeliveryApi
from groundplan.api.routes import ApiOperation
from groundplan.api.settings import JWT, ApiSettings
from groundplan.manifest.model import Manifest
from groundplan.testing import deploy

from rehearsal.account.deployment import Deployment
from rehearsal.account.gateway import Answer, HttpApi
from rehearsal.account.names import Names
from rehearsal.account.tokens import Issuer, Key, unsigned
from rehearsal.expectations import require
from rehearsal.permissions.policies import Policies

if TYPE_CHECKING:
    from rehearsal.life.life import Life

ISSUER, AUDIENCE, PREFIX = "https://login.example.com/tumors", "models-client", "groundplan/"
HOUR = 3600


def ask(life: "Life") -> None:
    """A user of the issuer reads, and may no more than its scopes; hostile tokens are
    refused."""
    with life.timeline.step("callers with tokens ask an API of their own") as step:
        api, key = serve(life), Key("first")
        life.account.issuers[ISSUER] = Issuer(ISSUER, {key.id: key.private.public_key()})
        good = claims(life.account.clock.now)
        answer = _read(life, api, key.token(good))
        require(answer.status == 200, f"a good token is answered {answer.status}")
        serving = life.api.read("")["release"]
        require(answer.body["release"] == serving, "it shows another release")
        may_not = _begin(life, api, key.token(good))
        require(may_not.status == 403, f"who reads may release: {may_not.status}")
        tokens = dict(hostile(key, good))
        passed = [what for what, token in tokens.items() if _read(life, api, token).status != 401]
        require(not passed, f"the API answers {', '.join(passed)}")
        other = _read(life, api, key.token({**good, "scope": f"openid {PREFIX}approve"}))
        require(other.status == 403, f"a token without the scope is answered {other.status}")
        step.result = (
            f"one reads what serves, and may not release; {len(tokens)} others are refused"
        )


def claims(at: datetime.datetime) -> dict[str, Any]:
    """Returns the claims of a user who may read, at a time."""
    now = int(at.timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "jo",
        "scope": f"openid {PREFIX}read",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + HOUR,
    }


def hostile(key: Key, good: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields tokens that are no user's of the issuer, each with what is wrong."""
    stranger = Key(key.id)
    changed: dict[str, dict[str, Any]] = {
        "another issuer": {"iss": "https://login.example.org/tumors"},
        "an issuer below": {"iss": f"{ISSUER}/"},
        "another audience": {"aud": "other-client"},
        "no audience": {"aud": []},
        "a client in place of the audience": {"aud": "other-client", "client_id": AUDIENCE},
        "an expired token": {"exp": good["iat"] - HOUR},
        "a token of the future": {"nbf": good["exp"]},
        "a token from the future": {"iat": good["exp"]},
    }
    for what, difference in changed.items():
        yield what, key.token({**good, **difference})
    yield "a token without an end", key.token({k: v for k, v in good.items() if k != "exp"})
    yield "the key of another", stranger.token(good)
    yield "a key that the issuer has not", stranger.token(good, kid="second")
    yield "no signature", unsigned(good, key.id)
    yield "another algorithm", key.token(good, alg="HS256")
    head, _, signature = key.token(good).split(".")
    _, body, _ = key.token({**good, "sub": "kim"}).split(".")
    yield "claims that were changed", f"{head}.{body}.{signature}"
    yield "no token", ""
    yield "no JWT", "jo"


def serve(life: "Life") -> HttpApi:
    """Deploys an API of the endpoint, whose callers have tokens. Returns it."""
    account = life.account
    plan, text = planned(life)
    names = Names(plan)
    policies = Policies(plan, names)
    account.guard.policies.merge(policies)
    # Its role has the statements of the first API's, which is compared.
    account.guard.uncompared |= set(policies.roles)
    before = set(account.apis)
    Deployment(plan, names, account, files={"api.json": text}).run()
    (found,) = set(account.apis) - before
    return account.apis[found]


def planned(life: "Life") -> tuple[Manifest, str]:
    """Returns the plan of the API, and the settings of its function."""
    account = life.account
    outputs: Any = account.names.value(life.manifest.outputs)
    bucket, key_arn = outputs["artifactBucket"], outputs["artifactKeyArn"]
    artifacts = {
        "bucket_name": bucket,
        "bucket_arn": f"arn:aws:s3:::{bucket}",
        "kms_key_arn": key_arn,
    }
    args: Any = {
        "targets": outputs["releaseTargets"],
        "artifacts": artifacts,
        "tokens": {"issuer": ISSUER, "audiences": [AUDIENCE], "scope_prefix": PREFIX},
    }
    plan = deploy(
        lambda: DeliveryApi("users", args),
        project="tumors-users",
        stack=life.manifest.stack,
        region=account.names.region,
    ).manifest
    settings = ApiSettings(
        region=account.names.region,
        bucket=bucket,
        authorization=JWT,
        targets=json.loads(json.dumps(outputs["releaseTargets"])),
        scopes={each.value: f"{PREFIX}{each.value}" for each in ApiOperation},
    )
    return plan, settings.text()


def _read(life: "Life", api: HttpApi, token: str) -> Answer:
    return api.request("GET", f"/v1/endpoints/{life.name}", token=f"Bearer {token}")


def _begin(life: "Life", api: HttpApi, token: str) -> Answer:
    body = {"reason": "a rehearsal"}
    path = f"/v1/endpoints/{life.name}/rollbacks"
    return api.request("POST", path, body, token=f"Bearer {token}")
