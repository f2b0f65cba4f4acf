"""Approval of versions, and which versions may be released."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SAM = "arn:aws:sts::123456789012:assumed-role/trainer/sam"


@pytest.fixture
def clients(releases: Releases) -> Clients:
    return releases._clients


@pytest.fixture
def strict(target: Target) -> Target:
    return dataclasses.replace(target, require_second_approver=True)


def decide(
    clients: Clients, target: Target, version: int, approve: bool = True, reason: str = "good"
) -> registry.Version:
    return registry.decide(
        clients, target, registry.find(clients, target, version), approve, reason, NOW
    )


def test_approval_records_reason_approver_and_time_and_retains_metadata(
    cloud: Any, clients: Clients, target: Target
) -> None:
    result = decide(clients, target, 3, reason="AUC 0.91")

    assert (result.approval, result.reason, result.registered_by) == ("Approved", "AUC 0.91", SAM)
    assert result.approved_by == "arn:aws:sts::123456789012:assumed-role/deployer/jo"
    assert result.properties[registry.APPROVED_AT] == "2026-11-21T12:00:00+00:00"


def test_a_version_can_be_rejected(cloud: Any, clients: Clients, target: Target) -> None:
    assert decide(clients, target, 2, approve=False, reason="leaks").approval == "Rejected"


def test_approving_twice_changes_nothing(cloud: Any, clients: Clients, target: Target) -> None:
    decide(clients, target, 3)
    cloud.calls.clear()
    decide(clients, target, 3, reason="again")
    assert cloud.writes() == []


@pytest.mark.parametrize(
    ("reason", "message"),
    [(" ", "needs a reason"), ("x" * 1025, "has 1025 characters. Allowed: 1024")],
)
def test_a_reason_is_needed_and_has_a_length(
    cloud: Any, clients: Clients, target: Target, reason: str, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        decide(clients, target, 3, reason=reason)
    assert cloud.writes() == []


def test_a_reason_of_several_lines_is_one_line_as_the_registry_needs_it(
    cloud: Any, clients: Clients, target: Target
) -> None:
    assert decide(clients, target, 3, reason="AUC 0.92\r\n champion\u20280.90\n").reason == (
        "AUC 0.92 champion 0.90"
    )


def test_an_approver_is_written_as_the_registrys_properties_can_hold_it(
    cloud: Any, clients: Clients, target: Target
) -> None:
    cloud.who = "assumed-role/deployer/jo,kim"
    assert decide(clients, target, 3).approved_by.endswith("/jo-kim")


def test_who_registered_a_version_can_not_approve_it_where_two_are_asked_for(
    cloud: Any, clients: Clients, target: Target, strict: Target
) -> None:
    cloud.who = "assumed-role/trainer/sam"
    with pytest.raises(Refused, match="registered version 3 and can't approve it"):
        decide(clients, strict, 3)
    assert cloud.writes() == []
    assert decide(clients, target, 3).approval == "Approved"  # elsewhere it is enough


def test_who_registered_it_may_reject_it(cloud: Any, clients: Clients, strict: Target) -> None:
    cloud.who = "assumed-role/trainer/sam"
    assert decide(clients, strict, 3, approve=False).approval == "Rejected"


def test_where_two_are_asked_for_a_version_must_say_who_registered_it(
    cloud: Any, clients: Clients, strict: Target
) -> None:
    with pytest.raises(Refused, match="does not say who registered it"):
        decide(clients, strict, 2)


def test_a_version_that_two_have_signed_is_released(
    cloud: Any, clients: Clients, strict: Target, connect: Callable[..., Releases]
) -> None:
    decide(clients, strict, 3)
    record = connect(strict).deploy(3).record

    assert record is not None
    assert record["approval"]["by"].endswith("deployer/jo")
    assert record["approval"]["reason"] == "good"


def test_an_approval_past_this_rule_is_not_enough(
    cloud: Any, clients: Clients, target: Target, strict: Target, connect: Callable[..., Releases]
) -> None:
    arn = registry.find(clients, target, 3).arn
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved"
    )  # in the console
    with pytest.raises(Refused, match="does not say who approved it"):
        connect(strict).deploy(3)

    cloud.who = "assumed-role/trainer/sam"
    decide(clients, target, 3)  # by a stack that asks for one only
    with pytest.raises(Refused, match="was registered and approved by assumed-role/trainer/sam"):
        connect(strict).deploy(3)


def test_a_version_that_is_not_ready_is_refused(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    next(
        p for p in cloud.backend.model_packages.values() if p.model_package_version == 2
    ).model_package_status = "Failed"
    with pytest.raises(Refused, match="Version 2 of churn is Failed, not Completed"):
        connect(target).deploy(2)
    assert connect(target).deploy().record["version"] == 1  # type: ignore[index]


def test_versions_are_listed_newest_first(cloud: Any, clients: Clients, target: Target) -> None:
    assert [version.version for version in registry.versions(clients, target)] == [3, 2, 1]
    assert [version.version for version in registry.versions(clients, target, limit=2)] == [3, 2]
