"""What trains, tracks, keeps and serves models costs: jobs, tracking servers and their
databases, registries, endpoints."""

import copy
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import Estimate, Item, estimate
from groundplan.registry.container_registry.container_registry import ContainerRegistry
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import deploy
from groundplan.training.job.training_job import TrainingJob

KEY = "arn:aws:kms:us-east-1:123456789012:key/artifacts"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn"
ARTIFACTS: Any = {
    "bucket_name": "artifacts",
    "bucket_arn": "arn:aws:s3:::artifacts",
    "kms_key_arn": KEY,
}
RUN: Any = {
    "on": "sagemaker",
    "image": f"{IMAGE}@sha256:{'a' * 64}",
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {"train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}"}},
    "artifacts": ARTIFACTS,
    "sagemaker": {"instance_type": "ml.m5.xlarge"},
}
M5_XLARGE = 0.23


def costs(program: Callable[[], object], assumptions: Assumptions | None = None) -> Estimate:
    return estimate(deploy(program).manifest, assumptions)


def items(found: Estimate) -> dict[str, Item]:
    return {item.name: item for item in found.items}


def figures(item: Item) -> tuple[float, float, float]:
    return round(item.low, 4), round(item.expected, 4), round(item.high, 4)


def run(assumptions: Assumptions | None = None, **more: Any) -> Estimate:
    args: Any = copy.deepcopy({**RUN, **more})
    return costs(lambda: TrainingJob("churn", args), assumptions)


def test_a_training_job_costs_one_run_a_month_and_at_the_most_its_maximum_runtime() -> None:
    found = run()
    disk = 100 * 0.14 / 730
    assert figures(items(found)["churn-job"]) == (
        0,
        round(4 * (M5_XLARGE + disk), 4),
        round(24 * (M5_XLARGE + disk), 4),
    )
    assert (
        items(found)["churn-job"].basis
        == "1 x ml.m5.xlarge for 4 (0 to 24) h; 1 x 100 GB for as long"
    )
    assert (
        found.assumptions["training time"]
        == "4 hours a month and training job, up to its maximum runtime"
    )
    assert found.assumptions["training jobs"].startswith("one run a month")


def test_a_training_job_is_not_expected_to_take_longer_than_it_may() -> None:
    found = items(
        run(
            nodes=2,
            max_runtime_seconds=3600,
            sagemaker={"instance_type": "ml.g5.12xlarge"},
        )
    )
    assert figures(found["churn-job"]) == (
        0,
        14.18,
        14.18,
    )  # two for an hour, with disks of their own
    longer = Assumptions.from_data({"resources": {"churn-job": {"training_hours": 10}}})
    assert items(run(longer))["churn-job"].expected == pytest.approx(
        10 * (M5_XLARGE + 100 * 0.14 / 730)
    )


def test_spot_training_is_a_range_below_the_on_demand_price() -> None:
    spot = run(sagemaker={"instance_type": "ml.m5.xlarge", "spot": True})
    on_demand = items(run())["churn-job"]
    job = items(spot)["churn-job"]
    disk = 4 * 100 * 0.14 / 730  # is not spot
    assert job.expected == pytest.approx((on_demand.expected - disk) * 0.55 + disk)
    assert job.high == on_demand.high
    assert spot.assumptions["spot"].startswith("a price between a tenth")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (
            {"instanceType": "ml.p6.unheard", "instanceCount": 1},
            "no price for 1 x ml.p6.unheard for 4 (0 to 24) h in us-east-1",
        ),
        ({"instanceCount": 1}, "its instances aren't known"),
        (
            {"instanceType": "ml.m5.large", "keepAlivePeriodInSeconds": 60},
            "no price for instances that are kept alive after the run",
        ),
    ],
)
def test_what_is_not_known_of_a_training_job_is_named(inputs: Any, reason: str) -> None:
    found = costs(
        lambda: aws.sagemaker.TrainingJob(
            "job", training_job_name="job", role_arn="r", resource_config=inputs
        )
    )
    assert found.unknown == (f"job (aws:sagemaker/trainingJob:TrainingJob): {reason}",)


@pytest.mark.parametrize(
    ("size", "hour"), [(None, 0.60), ("Small", 0.60), ("Medium", 1.04), ("Large", 1.91)]
)
def test_a_tracking_server_is_never_stopped(size: str | None, hour: float) -> None:
    def program() -> None:
        aws.sagemaker.MlflowTrackingServer(
            "runs",
            tracking_server_name="runs",
            artifact_store_uri="s3://a/b",
            role_arn="r",
            tracking_server_size=size,
        )

    found = items(costs(program))["runs"]
    assert found.expected == pytest.approx(730 * hour + 0.1)
    assert found.basis.endswith("1 GB of metadata")


def test_an_mlflow_app_costs_nothing_by_itself() -> None:
    def program() -> None:
        aws.sagemaker.MlflowApp("runs", name="runs", artifact_store_uri="s3://a/b", role_arn="r")

    found = costs(program)
    assert (found.items, found.unknown, len(found.free)) == ((), (), 1)


def database(**more: Any) -> Estimate:
    given: Any = {
        "instance_class": "db.t4g.small",
        "engine": "postgres",
        "storage_type": "gp3",
        "allocated_storage": 20,
        **more,
    }
    return costs(lambda: aws.rds.Instance("runs", **given))


def test_a_database_costs_its_hours_its_storage_and_the_secret_of_its_password() -> None:
    found = database(
        manage_master_user_password=True, max_allocated_storage=100, backup_retention_period=7
    )
    secret, hours = 0.4, 730 * 0.032
    assert figures(items(found)["runs"]) == (
        round(secret + hours + 2.3, 4),
        round(secret + hours + 2.3, 4),
        round(secret + hours + 11.5, 4),
    )
    assert found.unknown == ()
    assert (
        found.assumptions["database backups"]
        == "no larger than the database, which AWS doesn't charge for"
    )
    assert "database backups" not in database(backup_retention_period=0).assumptions


def test_a_standby_in_another_zone_has_storage_of_its_own() -> None:
    assert items(database(multi_az=True))["runs"].expected == pytest.approx(730 * 0.065 + 20 * 0.23)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"engine": "mysql"}, "no price for databases of the engine mysql"),
        (
            {"instance_class": "db.m9g.large"},
            "no price for 1 x db.m9g.large in one zone, 730 h in us-east-1",
        ),
        ({"storage_type": "io1"}, "no price for storage of the type io1"),
        ({"iops": 4000}, "no price for IOPS that are provisioned"),
    ],
)
def test_what_of_a_database_has_no_price_is_named(more: Any, reason: str) -> None:
    assert database(**more).unknown == (f"runs (aws:rds/instance:Instance): {reason}",)


def test_a_registry_costs_what_lies_in_its_repositories() -> None:
    args: Any = {
        "repositories": ["trainer", "serving/churn"],
        "pull_through": {"quay": {}},
        "pull_accounts": ["210987654321"],
    }
    found = costs(lambda: ContainerRegistry("images", args))
    assert found.unknown == ()
    assert {name: round(item.expected, 2) for name, item in items(found).items()} == {
        "images-key-key": 1.06,
        "images-trainer": 1.0,
        "images-serving-churn": 1.0,
    }


@pytest.mark.parametrize(("kind", "unknown"), [("BASIC", 0), ("ENHANCED", 1)])
def test_only_ecrs_own_scans_are_free(kind: str, unknown: int) -> None:
    found = costs(lambda: aws.ecr.RegistryScanningConfiguration("scans", scan_type=kind))
    assert len(found.unknown) == unknown


def test_a_model_registry_costs_nothing() -> None:
    def program() -> None:
        group = aws.sagemaker.ModelPackageGroup("churn", model_package_group_name="churn")
        name = group.model_package_group_name
        aws.sagemaker.ModelPackageGroupPolicy(
            "policy", model_package_group_name=name, resource_policy="{}"
        )
        aws.sagemaker.ModelCard(
            "card", model_card_name="churn", model_card_status="Draft", content="{}"
        )
        aws.rds.SubnetGroup("subnets", subnet_ids=["subnet-a"])
        aws.rds.ParameterGroup("parameters", family="postgres17")

    found = costs(program)
    assert (found.items, found.unknown, len(found.free)) == ((), (), 5)


def endpoint(**more: Any) -> Estimate:
    args: Any = {"image": f"{IMAGE}:1.2", **more}
    return costs(lambda: ModelEndpoint("churn", args))


def test_an_asynchronous_endpoint_costs_nothing_at_the_least_when_nothing_is_in_its_queue() -> None:
    found = endpoint(
        instance_type="ml.m5.xlarge",
        artifacts=ARTIFACTS,
        asynchronous={},
        scaling={"max_instances": 3},
    )
    month = 730 * M5_XLARGE
    assert figures(items(found)["churn-endpoint"]) == (0, round(month, 4), round(3 * month, 4))
    assert found.unknown == ()


def test_each_variant_and_the_shadow_cost_their_own_instances() -> None:
    several = endpoint(
        instance_type="ml.m5.xlarge",
        variants={
            "champion": {},
            "challenger": {"instance_type": "ml.m5.large", "instance_count": 1},
        },
    )
    both = round(730 * (2 * M5_XLARGE + 0.115), 4)
    # Each may double: autoscaling's default.
    assert figures(items(several)["churn-endpoint"]) == (both, both, round(2 * both, 4))
    shadowed = items(
        endpoint(
            instance_type="ml.m5.xlarge", shadow={"image": f"{IMAGE}:1.3", "instance_count": 1}
        )
    )
    alone = items(endpoint(instance_type="ml.m5.xlarge"))
    extra = shadowed["churn-endpoint"].expected - alone["churn-endpoint"].expected
    assert extra == pytest.approx(730 * M5_XLARGE)


def test_a_serverless_endpoint_costs_what_it_is_used() -> None:
    found = endpoint(serverless={"memory_mb": 4096})
    assert figures(items(found)["churn-endpoint"]) == (4, 4, 4)
    assert found.assumptions["serverless requests"] == "100,000 a month and serverless variant"
    warm = endpoint(serverless={"provisioned_concurrency": 2})
    assert [line for line in warm.unknown if line.startswith("churn-endpoint")] == [
        (
            "churn-endpoint (aws:sagemaker/endpoint:Endpoint): no price for serverless variants "
            "with provisioned concurrency"
        )
    ]
