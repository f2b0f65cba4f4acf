"""Gates and sign-offs of a release."""

import dataclasses
import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import gate_report, registry, sign_off
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SAM = "arn:aws:sts::123456789012:assumed-role/trainer/sam"
AUC = {"metrics": {"auc": {"min": 0.8, "max_regression": 0.01}}}
SMOKE = {"smoke": {"payloads": "s3://artifacts/smoke/churn.jsonl"}}
SIGNED = {"sign_off": {"required": True}}
Connect = Callable[..., Releases]


@pytest.fixture
def clients(releases: Releases) -> Clients:
    return releases._clients


@pytest.fixture
def gated(target: Target) -> Callable[..., Target]:
    """The target with gates."""
    return lambda *gates, **more: dataclasses.replace(
        target, gates={k: v for g in gates for k, v in g.items()}, **more
    )


def register(cloud: Any, auc: float | None, approved: bool = True, **more: Any) -> int:
    """Registers a version with its metrics and returns its number."""
    number: int = 1 + sum(
        package.model_package_group_name == "churn"
        for package in cloud.backend.model_packages.values()
    )
    if auc is None:
        return int(cloud.package("churn", approved, SAM).rsplit("/", 1)[-1])
    document = {"metrics": {"auc": {"value": auc}}, **more}
    cloud.client("s3").put_object(
        Bucket="artifacts", Key=f"metrics/{number}.json", Body=json.dumps(document)
    )
    source = {"ContentType": "application/json", "S3Uri": f"s3://artifacts/metrics/{number}.json"}
    arn = cloud.package(
        "churn", approved, SAM, ModelMetrics={"ModelQuality": {"Statistics": source}}
    )
    assert arn.endswith(f"/{number}")
    return number


def put_requests(cloud: Any, **expect: Any) -> None:
    line = json.dumps({"name": "typical", "body": {"tenure": 12}, "expect": expect})
    cloud.client("s3").put_object(Bucket="artifacts", Key="smoke/churn.jsonl", Body=line)


def live(cloud: Any) -> str:
    return str(cloud.endpoint("ml-prod-churn").endpoint_config_name)


def build(clients: Clients, target: Target, version: int) -> dict[str, Any]:
    return gate_report.build(clients, target, registry.find(clients, target, version))


# The report.


def test_a_report_compares_a_version_with_what_is_live(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target = gated(AUC)
    first, second, third = register(cloud, 0.90), register(cloud, 0.895), register(cloud, 0.85)
    assert (
        build(clients, target, first)["champion"] is None
    )  # the endpoint's first model comes from no registry
    assert connect(target).deploy(first).outcome == "succeeded"

    good, bad = build(clients, target, second), build(clients, target, third)
    assert (good["passed"], good["broken"]) == (True, [])
    assert good["champion"]["version"] == first
    assert good["champion"]["metrics"]["uri"] == f"s3://artifacts/metrics/{first}.json"
    assert good["candidate"]["metrics"]["digest"].startswith("sha256:")
    assert [(check["rule"], check["candidate"], check["champion"]) for check in good["checks"]] == [
        ("min", 0.895, 0.9),
        ("regression", 0.895, 0.9),
    ]
    assert bad["broken"] == ["auc: 0.05 worse than the champion, allowed 0.01"]


def test_digest_covers_every_input_of_the_decision(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target = gated(AUC)
    first, second, third = register(cloud, 0.90), register(cloud, 0.91), register(cloud, 0.91)
    before = build(clients, target, second)
    assert build(clients, target, second) == before
    assert before["digest"] == gate_report.digest(before)
    others = {
        build(clients, target, third)["digest"],
        build(clients, gated(AUC, {"confidence": 0.9}), second)["digest"],
    }
    connect(target).deploy(first)
    others.add(build(clients, target, second)["digest"])
    assert len(others | {before["digest"]}) == 4


def test_champion_metrics_of_the_candidate_take_precedence(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target = gated(AUC)
    first = register(cloud, 0.95, dataset="october")
    arn = registry.find(clients, target, first).arn
    connect(target).deploy(first)
    measured: dict[str, Any] = {
        "dataset": "november",
        "champion": {"package_arn": arn, "metrics": {"auc": {"value": 0.86}}},
    }
    assert build(clients, target, register(cloud, 0.86, **measured))["passed"]
    measured["champion"]["package_arn"] = f"{arn}0"
    outcome = build(clients, target, register(cloud, 0.86, **measured))
    assert outcome["broken"] == [
        "auc: measured on november, the champion on october: measure both on the same"
    ]


def test_a_version_or_a_champion_without_metrics_breaks_the_gate(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect, target: Target
) -> None:
    assert build(clients, gated(AUC), 2)["broken"] == [
        "the version has no metrics (ModelMetrics.ModelQuality.Statistics): register it with them",
        "auc: not measured",
    ]
    connect(target).deploy(2)
    outcome = build(clients, gated(AUC), register(cloud, 0.9))
    assert outcome["broken"] == ["auc: the champion has no metrics to compare with"]


def test_without_gates_nothing_is_read_and_all_holds(
    cloud: Any, clients: Clients, target: Target
) -> None:
    version = registry.find(clients, target, 2)
    cloud.calls.clear()
    assert gate_report.build(clients, target, version)["passed"]
    assert cloud.calls == []


def test_the_newest_version_that_is_not_rejected_is_judged(
    cloud: Any, clients: Clients, target: Target
) -> None:
    assert gate_report.find(clients, target, None).version == 3
    registry.decide(clients, target, registry.find(clients, target, 3), False, "leaks", NOW)
    assert gate_report.find(clients, target, None).version == 2
    with pytest.raises(Refused, match="empty has no version to judge"):
        gate_report.find(clients, dataclasses.replace(target, model_package_group="empty"), None)


# In the way of a release.


def test_release_record_contains_the_gate_report(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    record = connect(gated(AUC)).deploy(register(cloud, 0.9)).record
    assert record is not None
    assert record["gates"]["passed"]
    assert record["gates"]["digest"].startswith("sha256:")
    assert "override" not in record["gates"]


def test_a_broken_gate_stops_a_release_before_it_begins(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    before, version = live(cloud), register(cloud, 0.7)
    cloud.calls.clear()
    with pytest.raises(
        Refused, match=r"breaks 1 of the gates of ml-prod-churn:\n  - auc: 0.7 is below 0.8\nFix: "
    ):
        connect(gated(AUC)).deploy(version)
    assert (live(cloud), cloud.writes()) == (before, [])


def test_an_override_releases_all_the_same_and_is_recorded(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    record = connect(gated(AUC)).deploy(register(cloud, 0.7), override=" the old one leaks ").record
    assert record is not None
    assert record["outcome"] == "succeeded"
    assert record["gates"]["broken"] == ["auc: 0.7 is below 0.8"]
    by = "arn:aws:sts::123456789012:assumed-role/deployer/jo"
    assert record["gates"]["override"] == {"reason": "the old one leaks", "by": by}


@pytest.mark.parametrize("override", ["", "  "])
def test_an_override_needs_a_reason(
    cloud: Any, gated: Callable[..., Target], connect: Connect, override: str
) -> None:
    with pytest.raises(Refused, match="breaks 1 of the gates"):
        connect(gated(AUC)).deploy(register(cloud, 0.7), override=override)


def test_an_override_where_all_holds_leaves_no_trace(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    record = connect(gated(AUC)).deploy(register(cloud, 0.9), override="just in case").record
    assert record is not None
    assert "override" not in record["gates"]


def test_what_is_live_already_needs_no_gate(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    version = register(cloud, 0.7)
    connect(gated(AUC)).deploy(version, override="at first")
    assert connect(gated(AUC)).deploy(version).outcome == "unchanged"


def test_gates_that_can_not_be_read_stop_a_release(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    with pytest.raises(
        Refused,
        match=r"gates of the release target can't be read: 1 problem(.|\n)*confidence is 95",
    ):
        connect(gated({"confidence": 95})).deploy(2)


def test_a_rollback_asks_no_gate(
    cloud: Any, gated: Callable[..., Target], connect: Connect, target: Target
) -> None:
    connect(target).deploy(1)
    connect(target).deploy(2)
    put_requests(cloud, status=400)
    result = connect(gated(AUC, SMOKE)).rollback()
    assert result.outcome == "succeeded"
    assert result.record is not None
    assert result.record["smoke"] == "none"


# Recorded requests, after the release.


def test_recorded_requests_are_sent_to_the_live_version_and_recorded(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    put_requests(cloud, json={"$.score": {"equals": 0.5}})
    record = connect(gated(SMOKE)).deploy(2).record

    (sent,) = [params for name, params in cloud.requests if name == "InvokeEndpoint"]
    assert (sent["EndpointName"], sent["Body"]) == ("ml-prod-churn", b'{"tenure": 12}')
    assert cloud.calls.index("InvokeEndpoint") > cloud.calls.index("UpdateEndpoint")
    assert record is not None
    assert (record["outcome"], record["smoke"]) == ("succeeded", "passed")
    assert record["smoke_requests"]["requests"][0]["name"] == "typical"
    assert record["smoke_requests"]["digest"] == record["gates"]["smoke"]["digest"]


def test_a_version_that_answers_otherwise_is_taken_back(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    before = live(cloud)
    put_requests(cloud, json={"$.score": {"min": 0.9}})
    result = connect(gated(SMOKE)).deploy(2)

    assert (result.outcome, live(cloud)) == ("rolled-back", before)
    assert result.record is not None
    assert result.record["smoke"] == "failed"
    assert result.record["smoke_requests"]["passed"] is False
    assert (
        "1 of 1 recorded requests failed: typical: $.score is 0.5, expected at least 0.9"
        in result.message
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("smoke/churn.jsonl", "no longer those that the release began with"),
        ("", "can't be read: GetObject: NoSuchKey"),
    ],
)
def test_requests_that_change_in_the_middle_take_the_version_back(
    cloud: Any, gated: Callable[..., Target], connect: Connect, key: str, said: str
) -> None:
    put_requests(cloud)

    def changed(operation: str) -> None:
        if operation == "UpdateEndpoint":
            cloud.after = lambda _operation: None
            if key:
                put_requests(cloud, status=201)
            else:
                cloud.client("s3").delete_object(Bucket="artifacts", Key="smoke/churn.jsonl")

    cloud.after = changed
    result = connect(gated(SMOKE)).deploy(2)
    assert result.outcome == "rolled-back"
    assert said in result.message


def test_requests_that_are_not_there_stop_the_release_before_it_begins(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    with pytest.raises(
        Refused, match=r"The recorded requests s3://artifacts/smoke/churn.jsonl can't be read"
    ):
        connect(gated(SMOKE)).deploy(2)
    assert cloud.writes() == []


@pytest.mark.parametrize("answer", [{"min": 0}, {"min": 1}])
@pytest.mark.parametrize("operation", ["PutObject", "InvokeEndpoint"])
def test_same_command_recovers_from_a_crash_in_the_smoke_test(
    cloud: Any,
    gated: Callable[..., Target],
    connect: Connect,
    fake: Any,
    answer: dict[str, int],
    operation: str,
) -> None:
    put_requests(cloud, json={"$.score": answer})
    releases = connect(gated(SMOKE))

    def dies(name: str) -> None:
        invoked = "InvokeEndpoint" in cloud.calls
        if name == operation and invoked:
            cloud.after = lambda _name: None
            raise fake.Killed

    cloud.after = dies
    with pytest.raises(fake.Killed):
        releases.deploy(2)
    result = connect(gated(SMOKE)).deploy(2)
    assert result.outcome == ("succeeded" if answer["min"] == 0 else "rolled-back")


@pytest.fixture
def fake() -> Any:
    import sys

    return sys.modules["sagemaker_fake"]


# Recorded requests, before the release.

STAGED = {"smoke": {**SMOKE["smoke"], "staging": True}}


def test_where_an_endpoint_of_its_own_is_asked_for_a_release_waits_for_it(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect, clock: Any
) -> None:
    put_requests(cloud, json={"$.score": {"min": 0}})
    target = gated(STAGED)
    with pytest.raises(
        Refused,
        match="not yet answered by an endpoint of its own: run `groundplan release gate TARGET 2",
    ):
        connect(target).deploy(2)

    outcome = gate_report.stage(
        clients, target, registry.find(clients, target, 2), patience=clock.patience()
    )
    assert (outcome.passed, outcome.endpoint) == (True, "ml-prod-churn-smoke")
    assert connect(target).deploy(2).outcome == "succeeded"
    with pytest.raises(Refused, match="not yet answered"):
        connect(target).deploy(1)  # another version
    put_requests(cloud, json={"$.score": {"min": 0.1}})
    assert not build(clients, target, 2)["passed"]  # other requests


def test_a_version_that_failed_there_is_not_released(
    cloud: Any, clients: Clients, gated: Callable[..., Target], clock: Any
) -> None:
    put_requests(cloud, json={"$.score": {"min": 0.9}})
    target = gated(STAGED)
    assert not gate_report.stage(
        clients, target, registry.find(clients, target, 2), patience=clock.patience()
    ).passed
    assert not build(clients, target, 2)["passed"]
    assert "ml-prod-churn-smoke" not in cloud.backend.endpoints


def test_without_recorded_requests_there_is_nothing_to_send(
    cloud: Any, clients: Clients, gated: Callable[..., Target]
) -> None:
    target = gated(AUC)
    with pytest.raises(Refused, match="has no recorded requests"):
        gate_report.stage(clients, target, registry.find(clients, target, 2))
    assert cloud.writes() == []


# The sign-off.


def approve(
    clients: Clients, target: Target, version: int, despite: bool = False
) -> registry.Version:
    outcome = registry.find(clients, target, version)
    return gate_report.approve(clients, target, outcome, "looked at the slices", NOW, despite)


def test_a_sign_off_is_an_approval_of_this_report(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target, version = gated(AUC, SIGNED), register(cloud, 0.9, approved=False)
    outcome = approve(clients, target, version)

    assert (outcome.approval, outcome.reason) == ("Approved", "looked at the slices")
    assert outcome.approved_by == "arn:aws:sts::123456789012:assumed-role/deployer/jo"
    assert outcome.properties[sign_off.REPORT] == build(clients, target, version)["digest"]
    assert outcome.registered_by == SAM
    record = connect(target).deploy(version).record
    assert record is not None
    assert record["gates"]["signed_by"] == outcome.approved_by


def test_signing_twice_changes_nothing(
    cloud: Any, clients: Clients, gated: Callable[..., Target]
) -> None:
    target, version = gated(AUC, SIGNED), register(cloud, 0.9, approved=False)
    approve(clients, target, version)
    cloud.calls.clear()
    approve(clients, target, version)
    assert cloud.writes() == []


def test_an_approval_without_the_report_is_no_sign_off(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect, target: Target
) -> None:
    signed, version = gated(AUC, SIGNED), register(cloud, 0.9)
    with pytest.raises(Refused, match="was approved elsewhere: nobody knows by whom"):
        connect(signed).deploy(version)
    other = register(cloud, 0.9, approved=False)
    registry.decide(clients, target, registry.find(clients, target, other), True, "good", NOW)
    with pytest.raises(
        Refused, match="the sign-off by assumed-role/deployer/jo was without a gate report"
    ):
        connect(signed).deploy(other)
    assert approve(clients, signed, other).properties[sign_off.REPORT]
    assert connect(signed).deploy(other).outcome == "succeeded"


def test_a_report_that_changed_needs_a_new_sign_off(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target = gated(AUC, SIGNED)
    first, second = register(cloud, 0.9, approved=False), register(cloud, 0.91, approved=False)
    approve(clients, target, first)
    approve(clients, target, second)
    connect(target).deploy(first)  # another champion

    with pytest.raises(Refused, match="was of another report"):
        connect(target).deploy(second)
    approve(clients, target, second)
    assert connect(target).deploy(second).outcome == "succeeded"


def test_who_registered_a_version_can_not_sign_it_off(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target, version = gated(AUC, SIGNED), register(cloud, 0.9, approved=False)
    cloud.who = "assumed-role/trainer/sam"
    with pytest.raises(
        Refused, match="assumed-role/trainer/sam registered version 4, and can't sign it off too"
    ):
        approve(clients, target, version)
    assert "UpdateModelPackage" not in cloud.calls


def test_a_version_that_does_not_say_who_registered_it_can_not_be_signed_off(
    cloud: Any, clients: Clients, gated: Callable[..., Target]
) -> None:
    with pytest.raises(Refused, match="does not say who registered it"):
        approve(clients, gated(SIGNED), 2)


@pytest.mark.parametrize(
    ("pattern", "who", "ok"),
    [
        ("arn:aws:iam::123456789012:role/deployer", "assumed-role/deployer/jo", True),
        (
            "arn:aws:iam::123456789012:role/team/ml/deployer",
            "assumed-role/deployer/jo",
            True,
        ),  # sessions have no path
        ("arn:aws:iam::*:role/dep*", "assumed-role/deployer/jo", True),
        (
            "arn:aws:iam::123456789012:role/AWSReservedSSO_approvers_*",
            "assumed-role/AWSReservedSSO_approvers_01ab/jo",
            True,
        ),
        ("arn:aws:iam::210987654321:role/deployer", "assumed-role/deployer/jo", False),
        ("arn:aws:iam::123456789012:role/deploy", "assumed-role/deployer/jo", False),
        ("arn:aws:iam::123456789012:role/jo", "assumed-role/deployer/jo", False),
        ("arn:aws:iam::123456789012:user/deployer", "assumed-role/deployer/jo", False),
    ],
)
def test_an_approver_is_one_of_those_that_are_named(
    cloud: Any, clients: Clients, gated: Callable[..., Target], pattern: str, who: str, ok: bool
) -> None:
    cloud.who = who
    target, version = (
        gated(AUC, {"sign_off": {"approvers": [pattern]}}),
        register(cloud, 0.9, approved=False),
    )
    if ok:
        assert approve(clients, target, version).approval == "Approved"
        return
    with pytest.raises(Refused, match=f"{who} is none of the approvers: "):
        approve(clients, target, version)


def test_an_approver_may_be_a_user(target: Target) -> None:
    version = registry.Version(
        1, "arn", "Approved", "Completed", "", properties={registry.REGISTERED_BY: SAM}
    )
    report = {
        "sign_off": {"required": True, "approvers": ["arn:aws:iam::123456789012:user/jo"]},
        "digest": "d",
    }
    assert (
        sign_off.sign_off_problems(version, report, "arn:aws:iam::123456789012:user/people/jo")
        == []
    )
    assert sign_off.sign_off_problems(version, report, "arn:aws:iam::123456789012:root") != []


def test_a_sign_off_by_no_approver_any_more_does_not_hold(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    version = register(cloud, 0.9, approved=False)
    approve(clients, gated(AUC, SIGNED), version)
    narrower = gated(AUC, {"sign_off": {"approvers": ["arn:aws:iam::123456789012:role/lead"]}})
    with pytest.raises(Refused, match=r"is none of the approvers(.|\n)*was of another report"):
        connect(narrower).deploy(version)


def test_a_broken_gate_is_signed_off_only_on_purpose_and_released_only_by_override(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    target, version = gated(AUC, SIGNED), register(cloud, 0.7, approved=False)
    with pytest.raises(Refused, match=r"breaks a gate: auc: 0.7 is below 0.8"):
        approve(clients, target, version)
    approve(clients, target, version, despite=True)
    with pytest.raises(Refused, match="breaks 1 of the gates"):
        connect(target).deploy(version)
    assert connect(target).deploy(version, override="the old one leaks").outcome == "succeeded"


def test_override_does_not_replace_a_sign_off(
    cloud: Any, gated: Callable[..., Target], connect: Connect
) -> None:
    with pytest.raises(Refused, match="is not signed off for ml-prod-churn"):
        connect(gated(AUC, SIGNED)).deploy(register(cloud, 0.7), override="in a hurry")


def test_an_environment_that_asks_for_two_persons_asks_for_a_sign_off_of_its_gates(
    cloud: Any, clients: Clients, gated: Callable[..., Target], connect: Connect
) -> None:
    strict, version = gated(AUC, require_second_approver=True), register(cloud, 0.9, approved=False)
    registry.decide(clients, strict, registry.find(clients, strict, version), True, "good", NOW)
    with pytest.raises(Refused, match="without a gate report"):
        connect(strict).deploy(version)
    approve(clients, strict, version)
    assert connect(strict).deploy(version).outcome == "succeeded"


def test_without_gates_an_approval_is_as_it_was(
    cloud: Any, clients: Clients, target: Target
) -> None:
    assert sign_off.REPORT not in approve(clients, target, 3).properties
