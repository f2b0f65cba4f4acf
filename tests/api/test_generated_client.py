"""The client that is generated from the document calls the API."""

import importlib
import importlib.util
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import delivery_apis as apis
import httpx
import pytest
from api_world import APPROVER, TRAINER, World, world
from groundplan.api.routes import ROUTES
from groundplan.api.signing import Signer
from local_gateway import LocalGateway
from retraining_world import REGION

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "generate_client.py"
CALLERS = {
    "TRAINER": (TRAINER, ("read", "train", "register")),
    "APPROVER": (APPROVER, ("read", "approve", "release")),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the client's package, generated and importable."""
    spec = importlib.util.spec_from_file_location("generate_client", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    folder = tmp_path_factory.mktemp("client")
    assert tool.generate_client(folder) == []
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(folder))
        yield str(tool.PACKAGE)
        for name in [name for name in sys.modules if name.startswith(tool.PACKAGE)]:
            del sys.modules[name]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as found:
        yield found


def client(package: str, account: World, key: str) -> Any:
    """A client that signs with an access key."""
    gateway = LocalGateway(apis.serving(), account.api(), CALLERS)
    session = boto3.session.Session(key, "secret", region_name=REGION)
    arguments = {"auth": Signer(REGION, session), "transport": httpx.WSGITransport(app=gateway)}
    return importlib.import_module(package).Client(
        base_url="http://models.example.com", httpx_args=arguments
    )


def function(package: str, name: str) -> Any:
    route = next(route for route in ROUTES if route.id == name)
    group = route.path.split("/")[2]
    return importlib.import_module(f"{package}.api.{group}.{name}")


def test_the_client_has_a_function_of_each_route(package: str) -> None:
    for route in ROUTES:
        assert callable(function(package, route.id).sync_detailed)


def test_a_model_is_registered_approved_and_released_by_the_client(
    package: str, account: World
) -> None:
    models = importlib.import_module(f"{package}.models")
    trainer, approver = (client(package, account, key) for key in ("TRAINER", "APPROVER"))
    registered = function(package, "register_version").sync(
        "churn",
        client=trainer,
        body=models.RegistrationRequest.from_dict(account.registration()),
        idempotency_key="a",
    )
    assert (registered.version, registered.created) == (2, True)
    decision = models.DecisionRequest(decision=models.Decision.APPROVE, reason="better")
    decided = function(package, "decide_on_version").sync(
        "churn", 2, client=approver, body=decision, idempotency_key="b"
    )
    assert (decided.approval, decided.approved_by) == ("Approved", APPROVER)
    released = function(package, "start_release").sync(
        "churn",
        client=approver,
        body=models.ReleaseRequest(version=2, reason="better"),
        idempotency_key="c",
    )
    assert released.outcome == "in-progress"
    account.settle()
    assert account.resume().outcome == "succeeded"
    state = function(package, "get_endpoint").sync("churn", client=trainer)
    assert (state.release.version, state.release.last.outcome) == (2, "succeeded")


def test_an_error_is_a_problem_and_what_is_not_allowed_is_forbidden(
    package: str, account: World
) -> None:
    models = importlib.import_module(f"{package}.models")
    trainer = client(package, account, "TRAINER")
    problem = function(package, "get_version").sync("churn", 99, client=trainer)
    assert isinstance(problem, models.Problem)
    assert (problem.status, problem.type_) == (404, "urn:groundplan:problem:not-found")
    decision = models.DecisionRequest(decision=models.Decision.APPROVE, reason="better")
    answer = function(package, "decide_on_version").sync_detailed(
        "churn", 1, client=trainer, body=decision, idempotency_key="a"
    )
    assert (answer.status_code, answer.parsed.message) == (403, "Forbidden")
