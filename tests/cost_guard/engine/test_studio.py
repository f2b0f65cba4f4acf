"""Apps of SageMaker Studio stop; spaces stay. moto has no apps: requests and answers
are checked against AWS's own model."""

import datetime

import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.cost_guard.engine import studio
from groundplan.cost_guard.engine.decision import Kind
from groundplan.cost_guard.engine.reading import Reading
from groundplan.facts import prices
from groundplan.operations.utilization.account import Account

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
DOMAIN = "d-abcdefghijkl"


def app(name: str, type_: str = "JupyterLab", **changed: object) -> dict[str, object]:
    return {
        "DomainId": DOMAIN,
        "SpaceName": f"{name}-space",
        "AppType": type_,
        "AppName": name,
        "Status": "InService",
        "CreationTime": NOW - datetime.timedelta(hours=3),
        "ResourceSpec": {"InstanceType": "ml.t3.medium"},
        **changed,
    }


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    return Account("us-east-1")


def test_apps_that_run_on_an_instance_are_counted_and_stopped(account: Account) -> None:
    found = [
        app("default"),
        app("gone", Status="Deleted"),
        app("server", "JupyterServer"),
        app("free", ResourceSpec={"InstanceType": "system"}),
    ]
    reading = Reading(NOW, NOW, prices.of("us-east-1"))
    with Stubber(account.client("sagemaker")) as stub:
        stub.add_response("list_apps", {"Apps": found}, {"DomainIdEquals": DOMAIN})
        studio.read(account, [DOMAIN], reading)
        (target,), (use,) = reading.targets, reading.uses
        assert (target.kind, target.label) == (Kind.STUDIO_APP, "default-space")
        assert use.usd_per_hour == 0.05  # ml.t3.medium in us-east-1
        request = {
            "DomainId": DOMAIN,
            "SpaceName": "default-space",
            "AppType": "JupyterLab",
            "AppName": "default",
        }
        stub.add_response("delete_app", {}, request)
        studio.stop(account, target)
        # It was stopped in between.
        stub.add_client_error("delete_app", "ResourceNotFound", expected_params=request)
        studio.stop(account, target)
        stub.add_client_error("delete_app", "AccessDeniedException", expected_params=request)
        with pytest.raises(Exception, match="AccessDenied"):
            studio.stop(account, target)
