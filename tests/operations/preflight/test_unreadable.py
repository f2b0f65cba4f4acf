"""What can't be read is said to be unknown, and the rest is checked."""

from typing import Any

import odd_stack
import pytest
from account_world import TODAY, World
from groundplan.facts import service_quotas
from groundplan.operations.preflight import checks, reader
from groundplan.operations.preflight.finding import Stage
from stack_plans import plan


def run(world: World) -> Any:
    return checks.run(plan("odd"), world, TODAY)


@pytest.mark.parametrize(
    ("operation", "check"),
    [
        ("list_service_quotas", "quotas of EC2 vCPUs"),
        ("describe_instances", "quotas of EC2 vCPUs"),
        ("describe_instance_type_offerings", "instance offerings"),
        ("describe_availability_zones", "zones"),
        ("describe_subnets", "addresses of subnets"),
        ("describe_images", "machine images"),
        ("describe_cluster_versions", "versions of Kubernetes"),
        ("simulate_principal_policy", "permissions"),
        ("get_role", "permissions"),
        ("get_account_settings", "quota of Lambda's concurrency"),
    ],
)
def test_a_denied_read_leaves_its_check_unknown(operation: str, check: str) -> None:
    world = World(plan("odd"))
    world.failures[operation] = reader.Denied(f"no permission for {operation}")
    found = run(world)
    assert found.findings == ()
    assert check not in found.checked
    reasons = {entry.check: entry.why for entry in found.unchecked}
    assert reasons[check] == f"no permission for {operation}"


def test_a_region_that_does_not_answer_is_named() -> None:
    world = World(plan("odd"))
    world.failures["eu-west-1"] = reader.Unread("eu-west-1 does not answer")
    found = run(world)
    assert found.findings == ()
    assert {entry.why for entry in found.unchecked} >= {"eu-west-1 does not answer"}


def test_a_region_that_does_not_answer_is_no_alternative() -> None:
    world = World(plan("odd"))
    world.quotas["eu-west-1", "L-417A185B"] = 0.0
    other = run(world).findings
    assert any("p4d.24xlarge in " in text for text in other[0].alternatives)
    for region in ("us-east-1", "us-east-2", "us-west-2", "ap-northeast-1", "eu-west-2"):
        world.failures[region] = reader.Unread("not enabled")
    found = [f for f in run(world).findings if f.check == "quotas of EC2"]
    assert not any("us-east-1" in text for text in found[0].alternatives)


def test_the_cheapest_region_comes_first() -> None:
    from groundplan.facts import prices

    world = World(plan("odd"))
    world.quotas["eu-west-1", "L-417A185B"] = 0.0
    found = run(world).findings[0]
    regions = [text for text in found.alternatives if text.startswith("p4d.24xlarge in ")]
    cheapest = min(
        price.usd
        for region in prices.regions()
        if region != "eu-west-1" and (price := prices.of(region).ec2_hour("p4d.24xlarge"))
    )
    assert f"USD {cheapest:.2f}" in regions[0]


def test_a_quota_that_can_not_be_raised_has_no_request() -> None:
    world = World(plan("odd"))
    world.quotas["ec2", "L-417A185B"] = 0.0
    world.fixed.add("L-417A185B")
    found = run(world)
    assert found.increases == ()
    assert "can't be raised" in found.findings[0].fix


def test_an_increase_has_room_for_the_largest_size_and_for_others() -> None:
    world = World(plan("odd"))
    world.quotas["ec2", "L-417A185B"] = 0.0
    world.run_instances("p4d.24xlarge", 1)
    [increase] = run(world).increases
    assert (increase.code, increase.value) == ("L-417A185B", 96 + 2 * 96)


def test_a_quota_that_is_not_listed_is_unknown() -> None:
    world = World(plan("odd"))
    world.unlisted.add("L-417A185B")
    unchecked = [e.what for e in run(world).unchecked]
    assert unchecked == [*odd_stack.UNRECORDED, "L-417A185B"]


def test_a_type_whose_quota_is_not_known_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_quotas, "of_instance", lambda *_: None)
    unknown = {entry.what: entry.why for entry in run(World(plan("odd"))).unchecked}
    assert unknown["odd-nodes"].startswith("the quota that p4d.24xlarge on demand counts")


def test_permissions_of_types_whose_calls_are_not_known_are_unknown() -> None:
    found = [e for e in run(World(plan("odd"))).unchecked if e.check == "permissions"]
    assert [e.what for e in found] == odd_stack.UNRECORDED
    assert {e.why for e in found} == {"the calls that create it are not known"}


def test_a_condition_on_the_real_request_is_unknown() -> None:
    world = World(plan("odd"))
    world.denied_actions["iam:PassRole"] = "implicitDeny"
    world.denied_actions["ec2:CreateVpc"] = "implicitDeny"
    world.lacking["ec2:CreateVpc"] = ["aws:RequestTag/owner"]
    found = run(world)
    assert [(e.what, e.why) for e in found.unchecked if e.what not in odd_stack.UNRECORDED] == [
        ("ec2:CreateVpc", "it depends on aws:RequestTag/owner")
    ]


def test_without_an_account_every_check_says_so() -> None:
    found = checks.run(plan("odd"), None, TODAY, without="--offline")
    assert {entry.why for entry in found.unchecked} == {"--offline"}
    assert len(found.unchecked) == len(checks.CHECKS)


def test_what_needs_the_web_alone_is_checked_without_an_account() -> None:
    world = World(plan("rich-sagemaker"))
    found = checks.run(plan("rich-sagemaker"), None, TODAY, without="none", web=world)
    assert "charts" in found.checked


@pytest.mark.parametrize(("day", "stage"), [("2027-07-01", Stage.LATER), ("2027-09-01", Stage.UP)])
def test_the_end_of_support_is_known_without_an_account(day: str, stage: Stage) -> None:
    import datetime

    found = checks.run(plan("odd"), None, datetime.date.fromisoformat(day), without="none")
    [finding] = [f for f in found.findings if f.name == "odd-cluster"]
    assert finding.stage is stage
    assert "2027-08-02" in finding.limit


def test_the_end_of_a_runtime_is_known_without_an_account() -> None:
    import datetime

    found = checks.run(plan("odd"), None, datetime.date(2029, 5, 1), without="none")
    [finding] = [f for f in found.findings if f.name == "odd-function"]
    assert (finding.stage, finding.limit) == (Stage.LATER, "support ends on 2029-06-30")


def test_what_runs_of_the_stack_itself_is_not_counted_twice() -> None:
    from dataclasses import replace

    import odd_stack
    from groundplan.operations.preflight.plan import Plan

    registered = odd_stack.manifest()
    ids = {"odd-instance": "i-1", "odd-group": "group-1", "odd-cluster": "odd"}
    deployed = replace(
        registered,
        resources=tuple(
            replace(each, outputs={"id": ids[each.name]}) for each in registered if each.name in ids
        ),
    )
    world = World(Plan(registered, deployed))
    world.quotas |= {("ec2", "L-417A185B"): 192, ("ec2", "L-1945791B"): 12}
    world.quotas["ec2", "L-7295265B"] = 64
    cluster, group = ([{"Key": key, "Value": value}] for key, value in OWN_TAGS)
    world.run_instances("p4d.24xlarge", 2, Tags=cluster)
    world.run_instances("inf2.xlarge", 3, Tags=group)
    world.run_instances("x2idn.16xlarge", 1, InstanceId="i-1")
    assert checks.run(world.plan, world, TODAY).findings == ()
    unknown = checks.run(Plan(registered), world, TODAY).findings
    assert {"odd-nodes", "odd-group", "odd-instance"} <= {f.name for f in unknown}


OWN_TAGS = (("eks:cluster-name", "odd"), ("aws:autoscaling:groupName", "group-1"))


def test_an_image_in_a_repository_that_up_creates_is_absent() -> None:
    from dataclasses import replace

    import odd_stack
    from groundplan.operations.preflight.plan import Plan

    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    model = odd_stack.resource(
        "odd-model",
        "aws:sagemaker/model:Model",
        {"primaryContainer": {"image": f"{registry}/odd/serving:1"}},
    )
    repository = odd_stack.resource(
        "odd-repository", "aws:ecr/repository:Repository", {"name": "odd/serving"}
    )
    registered = odd_stack.manifest()
    wanted = replace(registered, resources=(*registered.resources, model, repository))
    world = World(Plan(wanted))
    [finding] = checks.run(world.plan, world, TODAY).findings
    assert finding.name == "odd-model"
    assert "creates its repository, empty" in finding.limit
