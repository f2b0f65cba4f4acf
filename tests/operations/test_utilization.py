"""What idles and what is too small: all that is planted is found, and nothing else."""

import datetime
import gc
from typing import Any

import pytest
from groundplan import aws
from groundplan.operations.utilization.metrics import MOST
from groundplan.operations.utilization.report import Sources, document
from groundplan.operations.utilization.resources import Judged, Resource, Verdict
from groundplan.operations.utilization.thresholds import TABLE
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_account import HOURS, NOW, OLD, OWN, YOUNG, Series, World

SHORT = 100
"""Hours of data that are no week."""


def found(world: World, name: str, **scope: Any) -> list[Judged]:
    return [j for j in world.report(**scope).findings if j.resource.name.startswith(name)]


def only(world: World, name: str, **scope: Any) -> Judged:
    (judged,) = found(world, name, **scope)
    return judged


def verdict(world: World, name: str, **scope: Any) -> Verdict:
    return only(world, name, **scope).judgement.verdict


def test_an_idle_endpoint_names_the_setting_and_what_it_saves() -> None:
    world = World()
    world.add_endpoint("churn", requests=2.0, cpu=Series(1.0))

    judged = only(world, "ml-prod-churn")

    # 2 x 0.115 USD x 730 hours, of which one of two instances is saved; 2 requests an
    # hour on two instances are 24 a day and instance.
    assert judged.resource.cost.usd == pytest.approx(167.90)
    assert judged.judgement.saving_usd == pytest.approx(83.95)
    assert judged.judgement.setting
    assert judged.judgement.setting.text("ml") == "ml:endpoints.churn.instanceCount: 2 -> 1"
    assert judged.judgement.reason == "24 requests a day and instance, over 14 days"


def test_no_advice_goes_below_the_least_that_the_environment_wants() -> None:
    world = World()
    world.add_endpoint("churn", requests=2.0, cpu=Series(1.0), count=3, scaling=(3, 6))

    judged = only(world, "ml-prod-churn", minimum_instances=2)

    assert judged.judgement.setting
    assert judged.judgement.setting.text("ml") == (
        "ml:endpoints.churn.scaling.minInstances: 3 -> 2"
    )
    assert judged.judgement.advice == "use 2 of 3 instances: 2 survive the loss of one"
    assert judged.resource.cost.usd
    assert judged.judgement.saving_usd == pytest.approx(judged.resource.cost.usd / 3)

    world = World()
    world.add_endpoint("churn", requests=2.0, cpu=Series(1.0), count=2)
    judged = only(world, "ml-prod-churn", minimum_instances=2)
    assert judged.judgement.setting is None
    assert "2 instances are the least that survive the loss of one" in judged.judgement.advice


def test_an_endpoint_that_uses_little_in_its_busiest_hour_is_too_large() -> None:
    world = World()
    # 20 of 200 % are 10 % of CPU: one of four instances would use 40 %.
    world.add_endpoint("churn", cpu=Series(10.0, peaks=1, peak=20.0), count=4)

    judgement = only(world, "ml-prod-churn").judgement

    assert judgement.verdict is Verdict.TOO_LARGE
    assert judgement.setting
    assert (judgement.setting.before, judgement.setting.after) == (4, 1)
    assert found(world, "ml-prod-churn", minimum_instances=4) == []


@pytest.mark.parametrize(
    ("metric", "limit", "advised"),
    [
        ("CPUUtilization", 160.0, "endpoints.churn.instanceCount"),
        ("MemoryUtilization", 80.0, ""),
        ("DiskUtilization", 85.0, ""),
    ],
)
def test_an_endpoint_is_too_small_above_the_limit_and_not_at_it(
    metric: str, limit: float, advised: str
) -> None:
    busy = HOURS * 6 // 100
    for value, expected in ((limit + 1, [Verdict.TOO_SMALL]), (limit, [])):
        world = World()
        world.add_endpoint("churn", **{metric: Series(50.0, peaks=busy, peak=value)})  # type: ignore[arg-type]
        judgements = [j.judgement for j in found(world, "ml-prod-churn")]
        assert [j.verdict for j in judgements] == expected
        if judgements and advised:
            assert judgements[0].setting
            assert judgements[0].setting.key == advised


def test_a_peak_is_not_too_small() -> None:
    world = World()
    world.add_endpoint("churn", cpu=Series(80.0, peaks=HOURS * 4 // 100, peak=200.0))
    assert found(world, "ml-prod-churn") == []


def test_gpus_of_one_instance_are_judged_together() -> None:
    world = World()
    # Four GPUs are up to 400 %.
    gpus: Any = {"GPUUtilization": Series(100.0)}
    world.add_endpoint("llm", type_="ml.g5.12xlarge", cpu=Series(400.0), **gpus)
    assert found(world, "ml-prod-llm") == []
    gpus = {"GPUUtilization": Series(390.0)}
    world.add_endpoint("llm", type_="ml.g5.12xlarge", cpu=Series(400.0), **gpus)
    assert "GPU above 80 % in 100 % of the hours, up to 97.5 %" in (
        only(world, "ml-prod-llm").judgement.reason
    )


def test_scaling_at_its_maximum_is_too_small() -> None:
    world = World()
    world.add_endpoint("churn", scaling=(2, 4))
    for days in (1, 5, 60):
        world.activities.append(
            {
                "ActivityId": f"a{days}",
                "ServiceNamespace": "sagemaker",
                "ResourceId": "endpoint/ml-prod-churn/variant/primary",
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "Description": "",
                "Cause": "",
                "StartTime": NOW - datetime.timedelta(days=days),
                "StatusCode": "Unfulfilled",
                "NotScaledReasons": [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 4}],
            }
        )
    judgement = only(world, "ml-prod-churn").judgement
    assert judgement.reason == "was to scale out 2 times, and had its most instances, 4"
    assert judgement.setting
    assert judgement.setting.text("ml") == "ml:endpoints.churn.scaling.maxInstances: 4 -> 5"


def test_variants_and_shadows_have_settings_of_their_own() -> None:
    world = World()
    world.add_endpoint("churn", requests=0.0, cpu=Series(1.0))
    idle = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    config = world.configs["ml-prod-churn-config"]
    config["ProductionVariants"] = [{"VariantName": n, **idle} for n in ("blue", "primary")]
    config["ShadowProductionVariants"] = [{"VariantName": "shadow", **idle}]
    for name in ("blue", "shadow"):
        own = {"EndpointName": "ml-prod-churn", "VariantName": name}
        world.measure("/aws/sagemaker/Endpoints", "CPUUtilization", Series(1.0), **own)
    keys = {j.judgement.setting.key for j in world.report().findings if j.judgement.setting}
    assert keys == {
        "endpoints.churn.variants.blue.instanceCount",
        "endpoints.churn.variants.primary.instanceCount",
        "endpoints.churn.shadow.instanceCount",
    }


def test_an_endpoint_that_is_gone_is_unknown_and_one_of_others_has_no_settings() -> None:
    world = World()
    world.add_endpoint("churn", requests=0.0, cpu=Series(1.0))
    judged = only(world, "gone", endpoints={"gone": "gone"})
    assert judged.judgement.reason == "the stack exports it, and it is not there"
    judged = only(world, "ml-prod-churn", endpoints={}, whole_region=True)
    assert judged.judgement.verdict is Verdict.IDLE
    assert judged.judgement.setting is None


def test_requests_of_a_queue_are_those_that_it_has_processed() -> None:
    for processed, expected in ((0.0, [Verdict.IDLE]), (1000.0, [])):
        world = World()
        world.add_endpoint("queued", requests=0.0)
        world.configs["ml-prod-queued-config"]["AsyncInferenceConfig"] = {
            "OutputConfig": {"S3OutputPath": "s3://artifacts/responses/"}
        }
        series = Series(processed)
        world.measure(
            "AWS/SageMaker", "InvocationsProcessed", series, EndpointName="ml-prod-queued"
        )
        assert [j.judgement.verdict for j in found(world, "ml-prod-queued")] == expected


def test_provisioned_concurrency_that_is_not_used_is_idle() -> None:
    world = World()
    world.add_serverless("idle", provisioned=5, used=None)
    world.add_serverless("busy", provisioned=5, used=0.6)
    world.add_serverless("new", provisioned=5, used=None, created=YOUNG)
    world.add_serverless("none", provisioned=0, used=None)
    verdicts = {j.resource.name: j.judgement.verdict for j in world.report().findings}
    assert verdicts == {
        "ml-prod-idle": Verdict.IDLE,
        "ml-prod-new": Verdict.NOT_ENOUGH_DATA,
    }
    setting = only(world, "ml-prod-idle").judgement.setting
    assert setting
    assert setting.text("ml") == "ml:endpoints.idle.serverless.provisionedConcurrency: 5 -> none"


def plant_too_little_data(world: World) -> None:
    """Plants what would idle if there were enough data of it."""
    short = Series(0.0, SHORT)
    world.add_endpoint("new", requests=0.0, cpu=short, created=YOUNG)
    world.add_endpoint("unmeasured", requests=0.0, cpu=short)
    world.add_volume("vol-new", attached=False, ops=None, created=YOUNG)
    world.add_volume("vol-unmeasured", ops=short)
    lately = Series(5.0, 24, until=NOW - datetime.timedelta(days=2))
    world.add_volume("vol-detached-lately", attached=False, ops=lately)
    world.add_gateway("nat-new", bytes_=short, created=YOUNG)
    world.add_gateway("nat-unmeasured", bytes_=short)
    world.add_file_system("fs-unmeasured0", bytes_=short)
    world.add_notebook("notebook-new", silent_days=2, started=YOUNG)
    world.add_log_group("/new", received=0.0, created=YOUNG)
    world.add_function("fn-new", provisioned=5, used=0.0, set_at=YOUNG)
    world.add_pool("pool-new", cpu=short)


def test_too_little_data_is_not_idle() -> None:
    world = World()
    plant_too_little_data(world)
    report = world.report(cluster="training")
    assert {j.judgement.verdict for j in report.findings} == {Verdict.NOT_ENOUGH_DATA}
    assert len(report.findings) == 12
    assert not report.has_findings
    assert report.total.saving_usd == 0


def plant_healthy(world: World) -> None:
    world.add_endpoint("healthy")
    world.add_volume("vol-healthy")
    world.add_address("192.0.2.1")
    world.add_gateway("nat-healthy")
    world.add_file_system("fs-healthy00")
    world.add_notebook("notebook-healthy")
    world.add_log_group("/healthy")
    world.add_log_group("/read", received=0.0, subscribed=True)
    world.add_log_group("/counted", received=0.0, filters=1)
    world.add_log_group("/empty", received=0.0, stored=0)
    world.add_function("fn-healthy", provisioned=5)
    world.add_pool("pool-healthy")
    world.add_pool("pool-zero", count=0, least=0, cpu=Series(0.0))


IDLE: dict[str, Any] = {
    "ml-prod-idle": lambda w: w.add_endpoint("idle", requests=1.0, cpu=Series(1.0)),
    "ml-prod-silent": lambda w: w.add_endpoint("silent", requests=0.0, cpu=Series(1.0)),
    "vol-loose": lambda w: w.add_volume("vol-loose", attached=False, ops=None),
    "vol-unused": lambda w: w.add_volume("vol-unused", ops=Series(0.01)),
    "192.0.2.9": lambda w: w.add_address("192.0.2.9", used=False),
    "nat-idle": lambda w: w.add_gateway("nat-idle", bytes_=Series(0.0)),
    "fs-idle-000": lambda w: w.add_file_system("fs-idle-000", bytes_=Series(10.0)),
    "notebook-idle": lambda w: w.add_notebook("notebook-idle", silent_days=20),
    "/idle": lambda w: w.add_log_group("/idle", received=0.0),
    "fn-idle:live": lambda w: w.add_function("fn-idle", provisioned=5, used=0.02),
    "pool-idle": lambda w: w.add_pool("pool-idle", cpu=Series(3.0)),
}
SMALL: dict[str, Any] = {
    "ml-prod-hot": lambda w: w.add_endpoint("hot", cpu=Series(190.0)),
    "nat-ports": lambda w: w.add_gateway("nat-ports", errors=3.0),
    "fs-full-000": lambda w: w.add_file_system("fs-full-000", free=0.05),
    "fn-throttled": lambda w: w.add_function("fn-throttled", throttles=50.0),
}


@settings(max_examples=50)
@given(st.sets(st.sampled_from(sorted(IDLE) + sorted(SMALL))), st.booleans(), st.booleans())
def test_all_that_is_planted_is_found_and_nothing_else(
    planted: set[str], healthy: bool, young: bool
) -> None:
    world = World(checked=False)  # each alone is checked elsewhere
    if healthy:
        plant_healthy(world)
    if young:
        plant_too_little_data(world)
    for name in sorted(planted):
        (IDLE | SMALL)[name](world)

    report = world.report(cluster="training")

    grave = (Verdict.IDLE, Verdict.TOO_LARGE, Verdict.TOO_SMALL)
    judged = {
        j.resource.name.split(" ")[0]: j.judgement.verdict
        for j in report.findings
        if j.judgement.verdict in grave
    }
    expected = {n: Verdict.IDLE if n in IDLE else Verdict.TOO_SMALL for n in planted}
    assert judged == expected
    assert report.has_findings == bool(planted)
    for finding in report.findings:
        judgement = finding.judgement
        if judgement.verdict in grave:
            assert judgement.threshold in TABLE, finding
            assert judgement.advice


def test_resources_of_others_are_not_looked_at() -> None:
    world = World()
    world.add_volume("vol-other", attached=False, ops=None, tags=[])
    world.add_volume(
        "vol-claim",
        attached=False,
        ops=None,
        tags=[{"Key": "ebs.csi.aws.com/cluster-name", "Value": "training"},
              {"Key": "kubernetes.io/created-for/pvc/namespace", "Value": "vision"},
              {"Key": "kubernetes.io/created-for/pvc/name", "Value": "scratch"}],
    )  # fmt: skip
    report = world.report(cluster="training")
    (judged,) = report.findings
    assert judged.resource.name == "vol-claim (vision/scratch)"
    assert judged.resource.team == "vision"
    assert len(world.report(cluster="training", whole_region=True).findings) == 2


def test_without_tags_it_says_what_was_not_looked_at() -> None:
    world = World()
    world.add_volume("vol-loose", attached=False, ops=None)
    report = world.report(tags={})
    assert report.findings == []
    assert "the environment has no tags of its own" in report.missing[0]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ec2:DescribeVolumes", "volumes"),
        ("sagemaker:DescribeEndpoint", "endpoints"),
        ("logs:DescribeLogGroups", "log groups"),
        ("fsx:DescribeFileSystems", "file systems"),
        ("lambda:ListProvisionedConcurrencyConfigs", "functions"),
        ("ec2:DescribeNatGateways", "NAT gateways"),
    ],
)
def test_what_is_not_allowed_is_a_sentence_and_stops_nothing_else(
    operation: str, kind: str
) -> None:
    world = World(denied={operation})
    for plant in IDLE.values():
        plant(world)
    report = world.report(cluster="training")
    (sentence,) = [text for text in report.missing if "AccessDenied" in text]
    assert sentence.startswith(f"{kind} are not complete: {operation.split(':')[1]}: AccessDenied")
    assert "Fix: allow it" in sentence
    others = {j.resource.kind.value for j in report.findings}
    assert len(others) >= 7
    assert kind.removesuffix("s") not in others or kind == "functions"


def test_requests_that_are_throttled_are_repeated() -> None:
    world = World()
    world.report(Sources())
    assert world.options
    for options in world.options:
        # A real client completes the tries of a configuration in place.
        assert options["config"] is aws.CONTROL
        assert options["config"].retries["mode"] == "standard"


def test_an_unknown_price_stays_unknown() -> None:
    world = World()
    world.add_endpoint("churn", requests=1.0, cpu=Series(1.0), type_="ml.unheard.large")
    report = world.report()
    (row,) = document(report)["findings"]
    assert row["usdPerMonth"] is None
    assert row["savingUsdPerMonth"] is None
    assert "no price of sagemaker-endpoint-hour/ml.unheard.large is known" in row["cost"]
    assert document(report)["total"]["unknownCosts"] == 1
    assert document(report)["total"]["unknownSavings"] == 1


def test_costs_and_savings_add_up_by_team() -> None:
    world = World()
    team = [*OWN, {"Key": "groundplan:team", "Value": "vision"}]
    world.add_volume("vol-a", attached=False, ops=None, tags=team, gib=100)
    world.add_volume("vol-b", tags=team, gib=50)
    world.add_volume("vol-c", attached=False, ops=None, gib=10)
    teams = document(world.report())["teams"]
    # gp3 is 0.08 USD a GiB and month.
    assert (teams["vision"]["usdPerMonth"], teams["vision"]["savingUsdPerMonth"]) == (12.0, 8.0)
    assert (teams["(no team)"]["usdPerMonth"], teams["(no team)"]["savingUsdPerMonth"]) == (
        0.8,
        0.8,
    )


def test_one_of_several_idle_gateways_stays() -> None:
    world = World()
    for zone in "abc":
        world.add_gateway(f"nat-{zone}", bytes_=Series(0.0))
    report = world.report()
    # 3 x 0.045 USD x 730 hours, of which a single gateway remains.
    assert report.total.usd == pytest.approx(98.55)
    assert report.total.saving_usd == pytest.approx(65.70)
    setting = report.findings[0].judgement.setting
    assert setting
    assert (setting.before, setting.after) == ("per-zone", "single")


class Counting(World):
    """Counts the resources that are in memory while metrics are read."""

    most = 0

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        if self.calls["cloudwatch:GetMetricData"] % 10 == 0:
            alive = sum(type(thing) is Resource for thing in gc.get_objects())
            self.most = max(self.most, alive)
        return super().get_metric_data(**request)


def test_ten_thousand_resources_take_few_requests_and_little_memory() -> None:
    world = Counting(checked=False)
    for number in range(10_000):
        world.add_volume(f"vol-{number}", ops=Series(9.0, 168))

    report = world.report()

    assert report.total.resources == 10_000
    assert report.findings == []
    # A request has up to 500 of the 20,000 metrics, and an answer up to 100,800 hours.
    assert world.calls["cloudwatch:GetMetricData"] == 40
    assert world.calls["ec2:DescribeVolumes"] == 20
    assert sum(world.calls.values()) < 80
    # Those of a batch, and one of the next.
    assert 0 < world.most <= 2 * (MOST // 2) + 1


def billed(service: str, team: str, usd: str) -> dict[str, Any]:
    return {
        "Keys": [service, f"groundplan:team${team}"],
        "Metrics": {"UnblendedCost": {"Amount": usd, "Unit": "USD"}},
    }


def test_billed_costs_are_those_with_the_environments_tags() -> None:
    world = World()
    world.costs = [billed("EC2", "vision", "10.5"), billed("EC2", "", "2"), billed("S3", "", "1")]
    report = world.report(sources=Sources())
    assert document(report)["billed"] == {
        "usd": 13.5,
        "services": {"EC2": 12.5, "S3": 1.0},
        "teams": {"vision": 10.5},
    }
    world.costs = []
    report = world.report(sources=Sources())
    assert document(report)["billed"] is None
    assert "activate them as cost allocation tags" in report.missing[-1]
    world.denied = {"ce:GetCostAndUsage"}
    assert any("Billed costs are not complete" in t for t in world.report(Sources()).missing)


def test_every_threshold_has_a_source() -> None:
    assert all(t.source and t.meaning and t.unit for t in TABLE.values())
    assert OLD < NOW
