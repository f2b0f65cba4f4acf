"""An account with an endpoint that the API serves, its retraining and its datasets, on
moto; and API Gateway's part: events as it sends them, of callers that it authorized."""

import hashlib
import importlib.util
import itertools
import json
import pathlib
import sys
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pytest
from groundplan.api.handlers.entry import Api
from groundplan.api.routes import route_of
from groundplan.api.settings import JWT, ApiSettings
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.result import Result
from groundplan.release.engine.target import Target
from groundplan.training.job import record
from retraining_world import (
    BUCKET,
    CONFIG,
    ENDPOINT,
    MODEL_IMAGE,
    REGION,
    SETTINGS,
    TARGET,
    champion,
    metrics,
    serve,
    trained,
)
from retraining_world import publish as publish_version

MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:churn-retraining"
TRAINER = "arn:aws:sts::123456789012:assumed-role/ci/build"
APPROVER = "arn:aws:sts::123456789012:assumed-role/approvers/kim"
API_SETTINGS = ApiSettings(
    region=REGION,
    bucket=BUCKET,
    targets={"churn": {**TARGET, "approval": {"required": True}}},
    pipelines={"churn": {**asdict(SETTINGS), "state_machine_arn": MACHINE}},
    datasets=("churn",),
)
KEYS = itertools.count(1)
ISSUER = "https://login.example.com/shop"
SCOPES = {
    name: f"groundplan/{name}" for name in ("read", "train", "register", "approve", "release")
}
OF_TOKENS = replace(API_SETTINGS, authorization=JWT, scopes=SCOPES)


def load_fake() -> Any:
    """The fake of releases, by path, because tests are not a package."""
    name = "sagemaker_fake"
    if name not in sys.modules:
        folder = pathlib.Path(__file__).parents[1] / "release" / "engine"
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def signed(principal: str) -> dict[str, Any]:
    """What the authorizer of IAM says of a caller (Amazon API Gateway Developer Guide,
    "Create AWS Lambda proxy integrations for HTTP APIs", format 2.0)."""
    return {"iam": {"userArn": principal, "accountId": "123456789012"}}


def with_token(subject: str, *scopes: str, issuer: str = ISSUER) -> dict[str, Any]:
    """What the JWT authorizer says of a token."""
    claims = {"iss": issuer, "sub": subject, "scope": " ".join(scopes)}
    return {"jwt": {"claims": claims, "scopes": None}}


def event(
    method: str,
    path: str,
    body: object = None,
    *,
    authorizer: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    text: str | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """An event, format 2.0, of the route that matches the path as it was sent."""
    raw, _, query = path.partition("?")
    route = route_of(method, raw)
    content = text if text is not None else (None if body is None else json.dumps(body))
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default" if route is None else route.key,
        "rawPath": urllib.parse.unquote(raw),
        "rawQueryString": query,
        "headers": {key.lower(): value for key, value in (headers or {}).items()},
        "requestContext": {
            "http": {"method": method, "path": raw},
            "requestId": "r-1",
            "stage": "$default",
            "authorizer": dict(authorizer or {}),
        },
        "isBase64Encoded": is_base64,
    }
    if query:
        found["queryStringParameters"] = dict(urllib.parse.parse_qsl(query))
    if content is not None:
        found["body"] = content
        found["headers"].setdefault("content-type", "application/json")
    return found


@dataclass
class Caller:
    """Calls the API as a principal; each request has a key of its own unless one is
    given."""

    api: Api
    authorizer: Mapping[str, Any]

    def get(self, path: str) -> tuple[int, Any]:
        return self._result(event("GET", path, authorizer=self.authorizer))

    def post(self, path: str, body: object, key: str = "") -> tuple[int, Any]:
        headers = {"Idempotency-Key": key or f"key-{next(KEYS)}"}
        return self._result(event("POST", path, body, authorizer=self.authorizer, headers=headers))

    def _result(self, sent: Mapping[str, Any]) -> tuple[int, Any]:
        answer = self.api.answer(sent)
        return int(answer["statusCode"]), json.loads(answer["body"])


@dataclass
class World:
    """The account, and the API of it."""

    cloud: Any
    session: Any
    settings: ApiSettings = API_SETTINGS
    executions: list[Mapping[str, Any]] = field(default_factory=list)

    def api(self, **changes: Any) -> Api:
        return Api(replace(self.settings, **changes), self.session)

    def caller(self, principal: str = TRAINER, **changes: Any) -> Caller:
        return Caller(self.api(**changes), signed(principal))

    def settle(self) -> None:
        """The endpoint's update ends."""
        for update in self.cloud.updates.values():
            update.ticks = 0

    def resume(self) -> Result:
        """What the release runtime does when the endpoint has settled."""
        return self.releases().resume(wait=False)

    def releases(self) -> Releases:
        """The releases of the endpoint, without the API."""
        target = Target.read("churn", self.settings.targets["churn"])
        return Releases(Clients.connect(target.region, self.session), target)

    def registration(self, number: int = 2, live: int = 1) -> dict[str, Any]:
        """The body that registers the model of a run on a dataset version, which was
        compared with the version that is live."""
        text = record.canonical(trained(number))
        run = hashlib.sha256(text.encode()).hexdigest()
        s3 = self.cloud.client("s3")
        arn = f"arn:aws:sagemaker:{REGION}:123456789012:model-package/churn/{live}"
        measured = json.dumps(metrics(champion_arn=arn))
        for key, content in (
            (f"runs/churn/{run}/run.json", text),
            (f"runs/churn/{run}/evaluation.json", measured),
            (f"models/churn/{number}/model.tar.gz", "model"),
        ):
            s3.put_object(Bucket=BUCKET, Key=key, Body=content.encode())
        return {
            "record_uri": f"s3://{BUCKET}/runs/churn/{run}/run.json",
            "model": f"s3://{BUCKET}/models/churn/{number}/model.tar.gz",
            "image": MODEL_IMAGE,
            "task": "binary-classification",
            "metrics": {"auc": 0.92},
            "slices": {"data=recent": {"auc": 0.92}},
            "evaluation_uri": f"s3://{BUCKET}/runs/churn/{run}/evaluation.json",
            "manifest_uri": f"s3://{BUCKET}/manifests/prod.json",
        }


class _Bucket:
    """Puts objects as the account in memory does."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def put(self, key: str, body: str | bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body)


@contextmanager
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account with an endpoint whose champion serves."""
    fake = load_fake()
    with fake.cloud(monkeypatch) as account:
        s3, sagemaker = account.client("s3"), account.client("sagemaker")
        location = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        bucket = _Bucket(s3)
        package = champion(bucket.put, sagemaker)
        serve(sagemaker, package)
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=CONFIG)
        for number, tag in ((1, "first"), (3, "next"), (2, "latest")):
            publish_version(bucket, number, tag)
        _machine(account)
        account.calls.clear()
        account.requests.clear()
        yield World(account, fake.SESSION)


def _machine(account: Any) -> None:
    """Creates the state machine, whose executions stay as they are."""
    iam, states = account.client("iam"), account.client("stepfunctions")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}}]}
    role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(trust))
    states.create_state_machine(
        name="churn-retraining",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn=role["Role"]["Arn"],
    )
