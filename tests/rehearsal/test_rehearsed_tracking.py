"""Training jobs of the rehearsal log to the plan's MLflow; a server of this machine
gets the same where it has one."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.training.job import container

from rehearsal.account.account import Account, opened
from rehearsal.account.deployment import Deployment
from rehearsal.account.tracking import App, Invalid
from rehearsal.containers import tracking as script
from rehearsal.expectations import Unexpected
from rehearsal.life import experiments
from rehearsal.machine import mlflow_server, servers
from rehearsal.machine.mlflow_server import PROGRAM
from rehearsal.permissions.guard import Principal, acting
from rehearsal.stack import manifest

RECORD: dict[str, Any] = {
    "name": "tumors",
    "code": {"revision": "89abcdef" * 5},
    "datasets": {"train": {"version": f"tumors@sha256:{'1' * 64}"}},
    "parameters": {"imputes": True, "regularization": 1.0},
}
PARAMETERS = {"imputes": "true", "regularization": "1"}


@pytest.fixture(scope="module", name="account")
def deployed() -> Iterator[Account]:
    with opened(manifest()) as account:
        Deployment(manifest(), account.names, account).run()
        yield account


def app_of(account: Account) -> App:
    (app,) = account.tracking.apps.values()
    app.requests.clear()
    app.runs.clear()
    app.experiments.clear()
    return app


def role(account: Account, name: str) -> Principal:
    (found,) = [r for r in account.guard.policies.roles.values() if r.name == name]
    return Principal(found.arn)


def logged(account: Account, app: App, by: str, isolated: bool = False, **more: str) -> None:
    """Runs what the training script runs, as a role."""
    variables = container.tracking({**RECORD, "tracking": {"uri": app.arn}})
    modules = {"mlflow": account.tracking.module(isolated)}
    with (
        mock.patch.dict(os.environ, {**variables, "GROUNDPLAN_RUN_ID": "run-1", **more}),
        mock.patch.dict("sys.modules", modules),
        acting(role(account, by)),
    ):
        script.log(PARAMETERS, {"train_accuracy": 0.9})


TRAINING = "tumors-retraining-training-role"


def test_a_run_has_what_its_record_says(account: Account) -> None:
    app = app_of(account)
    logged(account, app, TRAINING)
    runs = {run["info"]["run_name"]: run for run in app.runs.values()}
    experiments.compare(runs, "run-1", RECORD)
    assert list(app.experiments) == ["tumors"]
    account.tracking.show(app)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": {"revision": "0" * 40}}, "lacks .*groundplan.code_revision"),
        ({"datasets": {"train": {"version": "other"}}}, "lacks .*groundplan.dataset.train"),
        ({"parameters": {"imputes": False}}, "run run-1 has"),
    ],
)
def test_a_run_that_is_not_its_record_is_named(
    account: Account, changes: Mapping[str, Any], message: str
) -> None:
    app = app_of(account)
    logged(account, app, TRAINING)
    runs = {run["info"]["run_name"]: run for run in app.runs.values()}
    with pytest.raises(Unexpected, match=message):
        experiments.compare(runs, "run-1", {**RECORD, **changes})


def test_a_role_without_the_permission_does_not_log(account: Account) -> None:
    with pytest.raises(ClientError, match="may not sagemaker:CallMlflowAppApi"):
        logged(account, app_of(account), "releases-role")


def test_an_isolated_container_reaches_no_server(account: Account) -> None:
    with pytest.raises(ConnectionError, match="isolated"):
        logged(account, app_of(account), TRAINING, isolated=True)


def test_a_server_that_the_plan_does_not_have_is_named(account: Account) -> None:
    with pytest.raises(Invalid, match="no MLflow at arn:other"):
        account.tracking.request("arn:other", "runs/create", {})


def test_without_a_server_a_script_logs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    script.log(PARAMETERS, {})


@pytest.mark.skipif(
    not servers.found(PROGRAM), reason="mlflow is not on the PATH: no server receives the runs"
)
def test_a_server_of_mlflow_accepts_what_jobs_log(account: Account) -> None:
    app = app_of(account)
    with mlflow_server.beside() as server:
        assert server is not None
        logged(account, app, TRAINING)
        runs = {run["info"]["run_name"]: run for run in server.receive(app)}
    experiments.compare(runs, "run-1", json.loads(json.dumps(RECORD)))
