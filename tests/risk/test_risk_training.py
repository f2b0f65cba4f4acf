"""Risks of what trains, stores and serves models: Karpenter's pools, jobs, file
systems, registries, endpoints."""

from typing import Any

import pytest
from groundplan.diff.changes import Kind
from risk_changes import change, resource, risks_of, stated

POOL = "kubernetes:karpenter.sh/v1:NodePool"
CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
JOB = "aws:sagemaker/trainingJob:TrainingJob"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
LINK = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
DATABASE = "aws:rds/instance:Instance"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
GONE = "it is no longer in the program"


def pool(
    kinds: Any = ("g5.xlarge",), capacity: Any = ("on-demand",), keeps: bool = False, **more: Any
) -> dict[str, Any]:
    requirements = [
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(kinds)},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(capacity)},
    ]
    inner = {"nodeClassRef": {"name": "gpu"}, "requirements": requirements}
    budgets = (
        [{"nodes": "0", "reasons": ["Drifted", "Underutilized"]}] if keeps else [{"nodes": "10%"}]
    )
    disruption = {"consolidationPolicy": more.pop("policy", "WhenEmpty"), "budgets": budgets}
    return {"template": {"spec": inner}, "disruption": disruption, "limits": {"nodes": "4"}, **more}


def pools(old: Any, new: Any) -> list[tuple[str, str, str]]:
    metadata = {"name": "gpu"}
    return stated(
        change(
            resource(POOL, "gpu", metadata=metadata, spec=old),
            resource(POOL, "gpu", metadata=metadata, spec=new),
        )
    )


def test_nodes_that_differ_from_their_pool_are_replaced_under_jobs() -> None:
    words = (
        "The node pool gpu describes other nodes: Karpenter replaces those that differ, and jobs "
        "on them are interrupted."
    )
    assert pools(pool(), pool(kinds=["g6.xlarge"])) == [("medium", "interruption", words)]


def test_a_budget_of_no_nodes_leaves_those_that_run() -> None:
    words = (
        "The node pool gpu describes other nodes: new ones start so, and those that run stay as "
        "they are until they are empty."
    )
    assert pools(pool(keeps=True), pool(kinds=["g6.xlarge"], keeps=True)) == [
        ("low", "interruption", words)
    ]


@pytest.mark.parametrize(("keeps", "level"), [(True, "low"), (False, "medium")])
def test_a_node_class_is_judged_by_the_pools_that_use_it(keeps: bool, level: str) -> None:
    sides = [
        resource(
            CLASS, "class", metadata={"name": "gpu"}, spec={"amiSelectorTerms": [{"alias": a}]}
        )
        for a in ("a", "b")
    ]
    user = resource(POOL, "gpu", metadata={"name": "gpu"}, spec=pool(keeps=keeps))
    (risk,) = risks_of(change(sides[0], sides[1]), also=(user,))
    assert risk.level.value == level
    (alone,) = risks_of(change(sides[0], sides[1]))
    assert alone.level.value == "medium"


def test_a_budget_that_holds_at_times_or_for_other_reasons_keeps_no_node() -> None:
    for budget in (
        {"nodes": "0", "schedule": "0 9 * * *", "duration": "8h"},
        {"nodes": "0", "reasons": ["Empty"]},
    ):
        old, new = (
            pool(kinds=[kind], disruption={"budgets": [budget]})
            for kind in ("g5.xlarge", "g6.xlarge")
        )
        assert [level for level, *_ in pools(old, new)] == ["medium"]


def test_a_pool_that_changes_to_spot_is_reported() -> None:
    changes_of_pools = pools(pool(keeps=True), pool(capacity=["on-demand", "spot"], keeps=True))
    words = (
        "The node pool gpu switches to spot capacity: AWS may terminate its nodes, and the jobs "
        "on them, at two minutes' notice."
    )
    assert ("medium", "interruption", words) in changes_of_pools
    assert not any(
        "spot" in text
        for *_, text in pools(pool(capacity=["spot"]), pool(kinds=["g6.xlarge"], capacity=["spot"]))
    )


def test_a_pool_that_may_terminate_nodes_in_use_is_reported() -> None:
    words = (
        "The node pool gpu may now terminate nodes that are in use to save cost: jobs on them "
        "are interrupted."
    )
    assert pools(pool(), pool(policy="WhenEmptyOrUnderutilized")) == [
        ("medium", "interruption", words)
    ]
    assert pools(pool(policy="WhenEmptyOrUnderutilized"), pool()) == []


def test_a_pool_without_limits_has_an_unbounded_cost() -> None:
    words = (
        "The node pool gpu has no limits any more: it may grow, and cost, as much as pods ask for."
    )
    assert pools(pool(), {**pool(), "limits": {}}) == [("medium", "cost", words)]
    fresh = resource(POOL, "gpu", spec={**pool(), "limits": None})
    assert [(level, kind) for level, kind, _ in stated(change(None, fresh))] == [("medium", "cost")]
    assert stated(change(None, resource(POOL, "gpu", spec=pool()))) == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"associatePublicIPAddress": True},
            "The node class class now gives its instances public addresses.",
        ),
        (
            {"metadataOptions": {"httpTokens": "optional"}},
            (
                "The node class class lets any request on its instances fetch the role's credentials "  # noqa: E501
                "(IMDSv1)."
            ),
        ),
    ],
)
def test_a_node_class_that_exposes_its_nodes_is_reported(spec: Any, words: str) -> None:
    statements = stated(
        change(resource(CLASS, "class", spec={}), resource(CLASS, "class", spec=spec))
    )
    assert ("medium", "access", words) in statements


def test_a_launch_template_that_assigns_public_addresses_is_reported() -> None:
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    sides = [
        resource(kind, "t", networkInterfaces=[{"associatePublicIpAddress": on}])
        for on in ("false", "true")
    ]
    assert stated(change(sides[0], sides[1])) == [
        ("medium", "access", "The launch template t now gives its instances public addresses.")
    ]


def test_a_training_job_is_stopped_when_it_is_deleted_unless_it_is_kept() -> None:
    job = resource(JOB, "run")
    assert stated(change(job, None)) == [
        (
            "medium",
            "interruption",
            "The training job run is deleted: it is stopped if it still runs.",
        )
    ]
    kept = [
        resource(JOB, "run", options={"retainOnDelete": True}, roleArn=role) for role in ("a", "b")
    ]
    assert stated(change(kept[0], kept[1], Kind.REPLACE)) == []


def test_a_training_job_that_gains_network_access_is_reported() -> None:
    sides = [
        resource(JOB, "run", options={"retainOnDelete": True}, enableNetworkIsolation=on)
        for on in (True, False)
    ]
    words = (
        "The training job run no longer isolates its container from the network: it may send "
        "data out."
    )
    assert stated(change(sides[0], sides[1], Kind.REPLACE)) == [("medium", "access", words)]


@pytest.mark.parametrize(
    ("kind", "level", "words"),
    [
        (LUSTRE, "high", "with all files that weren't exported to S3"),
        (DATABASE, "high", "with all its data"),
        (
            "aws:sagemaker/mlflowApp:MlflowApp",
            "high",
            "The MLflow app it is deleted, with all runs and their metrics.",
        ),
        ("aws:sagemaker/modelCard:ModelCard", "low", "with its description of the model"),
        ("aws:ecr/repository:Repository", "high", "with all images in it"),
    ],
)
def test_what_holds_models_runs_and_files_is_lost_with_them(
    kind: str, level: str, words: str
) -> None:
    forced = {"skipFinalBackup": True, "skipFinalSnapshot": True, "forceDelete": True}
    found = [
        risk
        for risk in risks_of(change(resource(kind, "it", **forced), None))
        if risk.kind == "data-loss"
    ]
    assert [risk.level.value for risk in found] == [level]
    assert words in found[0].words


@pytest.mark.parametrize(
    ("kind", "spec", "stays"),
    [
        (
            "PersistentVolume",
            {"persistentVolumeReclaimPolicy": "Retain"},
            "persistentVolumeReclaimPolicy is Retain",
        ),
        ("PersistentVolumeClaim", {"storageClassName": ""}, "the claim has no storage class"),
    ],
)
def test_data_that_a_volume_only_leads_to_stays(kind: str, spec: Any, stays: str) -> None:
    sides = [resource(f"kubernetes:core/v1:{kind}", "v", spec={**spec, "n": n}) for n in (1, 2)]
    for found in (
        risks_of(change(sides[0], None)),
        risks_of(change(sides[0], sides[1], Kind.REPLACE)),
    ):
        (risk,) = found
        assert risk.level.value == "low"
        assert f"stays, as {stays}, and pods can't mount it until it exists again." in risk.words
    (lost,) = risks_of(
        change(resource(f"kubernetes:core/v1:{kind}", "v", spec={"storageClassName": "gp3"}), None)
    )
    assert lost.level.value == "high"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (LINK, "new objects of its bucket no longer appear in the file system"),
        (
            "aws:ec2/capacityReservation:CapacityReservation",
            "may not be available when jobs need it",
        ),
        (
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            "what isn't cached yet can't be pulled by it",
        ),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", "what it scales no longer follows the load"),
        (
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            "what it scales no longer follows the load",
        ),
    ],
)
def test_what_others_rely_on_is_reported_when_it_is_deleted(kind: str, words: str) -> None:
    (risk,) = risks_of(change(resource(kind, "it"), None))
    assert (risk.level.value, risk.kind, risk.because) == ("medium", "downtime", GONE)
    assert words in risk.words


def test_a_repository_that_stops_scanning_is_reported() -> None:
    kind = "aws:ecr/repository:Repository"
    sides = [
        resource(kind, "images", imageScanningConfiguration={"scanOnPush": on})
        for on in (True, False)
    ]
    words = "The image repository images no longer scans its images for vulnerabilities."
    assert stated(change(sides[0], sides[1])) == [("low", "protection", words)]


def serverless(**settings: Any) -> Any:
    variants = [{"variantName": "primary", "serverlessConfig": {"maxConcurrency": 20, **settings}}]
    return resource(CONFIGURATION, "config", productionVariants=variants)


def test_a_serverless_variant_with_less_concurrency_is_reported() -> None:
    statements = stated(change(serverless(provisionedConcurrency=4), serverless(maxConcurrency=5)))
    where = "The variant primary of the endpoint configuration config"
    assert statements == [
        (
            "medium",
            "downtime",
            f"{where} serves 5 concurrent requests in place of 20; more are refused.",
        ),
        (
            "low",
            "downtime",
            f"{where} has less provisioned concurrency: more requests wait for a cold start.",
        ),
    ]
    assert (
        stated(change(serverless(), serverless(maxConcurrency=40, provisionedConcurrency=2))) == []
    )
