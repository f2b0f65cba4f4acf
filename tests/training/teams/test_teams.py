from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.manifest.model import Resource
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training import frameworks_args
from groundplan.training.platform.platform import Platform
from groundplan.training.queues.flavor import Flavor
from groundplan.training.teams import team_spec
from groundplan.training.teams.team_spec import Connections

GPU, EFA = "nvidia.com/gpu", "vpc.amazonaws.com/efa"
POOLS = [
    Flavor("cpu", nodes=5, cpu=16, memory_mib=64 * 1024, node_labels={"pool": "cpu"}),
    Flavor("h100", 4, 192, 2048 * 1024, GPU, 8, 32, node_labels={"pool": "h100"}),
]
QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:"
NAMESPACE = "kubernetes:core/v1:Namespace"


def platform(teams: Any, frameworks: Any = None, **more: Any) -> Plan:
    installed: Any = frameworks or {}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        Platform(
            "ml",
            POOLS,
            teams=team_spec.resolve_all(teams),
            connections=Connections(),
            frameworks=frameworks_args.resolve(installed),
            opts=pulumi.ResourceOptions(provider=provider),
            **more,
        )

    return deploy(program)


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return platform({"vision": {}})


@pytest.fixture(scope="module")
def full() -> Plan:
    return platform(
        {
            "vision": {
                "guaranteed": {"h100": 8},
                "borrowing_limits": {"h100": 4},
                "members": ["team-vision", "interns"],
                "pod_security": "restricted",
                "reached_from": ["monitoring"],
                "reaches": ["mlflow"],
                "networks": ["10.20.0.0/16"],
            }
        },
        frameworks={"ray": True, "trainer": True},
        keep=False,
    )


def of_team(plan: Plan) -> dict[str, Resource]:
    return {
        r.name.removeprefix("ml-team-vision-"): r
        for r in plan.manifest
        if r.name.startswith("ml-team-vision-")
    }


def test_a_minimal_team_has_a_namespace_a_queue_and_bounds(minimal: Plan) -> None:
    assert {name: r.type.rsplit(":", 1)[-1] for name, r in of_team(minimal).items()} == {
        "namespace": "Namespace",
        "cluster-queue": "ClusterQueue",
        "local-queue": "LocalQueue",
        "network-policy": "NetworkPolicy",
        "quota": "ResourceQuota",
        "limits": "LimitRange",
        "service-account": "ServiceAccount",
        "role": "Role",
    }
    assert {r.inputs["metadata"].get("namespace") for r in of_team(minimal).values()} == {
        None,
        "vision",
    }


def test_its_jobs_are_queued_and_its_pods_are_no_part_of_the_node(
    minimal: Plan, full: Plan
) -> None:
    assert of_team(minimal)["namespace"].inputs["metadata"] == {
        "name": "vision",
        "labels": {
            "groundplan/jobs": "queued",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }
    labels = of_team(full)["namespace"].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_its_namespace_is_protected_by_default(minimal: Plan, full: Plan) -> None:
    assert of_team(minimal)["namespace"].option("protect") is True
    assert not of_team(full)["namespace"].option("protect")


def test_jobs_that_name_no_queue_get_into_the_teams_own(minimal: Plan) -> None:
    local = of_team(minimal)["local-queue"]

    assert local.inputs["metadata"] == {"name": "default", "namespace": "vision"}
    assert local.inputs["spec"] == {"clusterQueue": "vision"}
    assert "ml-team-vision-cluster-queue" in minimal.dependencies(local)
    queue = of_team(minimal)["cluster-queue"]
    assert queue.inputs["metadata"] == {"name": "vision"}
    assert queue.inputs["spec"]["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "vision"}
    }
    assert {"ml-kueue", "ml-cpu-flavor", "ml-h100-flavor"} <= minimal.dependencies(queue)


def test_its_guarantee_is_taken_out_of_the_default_queue(full: Plan) -> None:
    def gpus(queue: Resource) -> str:
        flavors = {f["name"]: f for f in queue.inputs["spec"]["resourceGroups"][0]["flavors"]}
        return {r["name"]: str(r["nominalQuota"]) for r in flavors["h100"]["resources"]}[GPU]

    assert gpus(of_team(full)["cluster-queue"]) == "8"
    assert gpus(full.one(f"{QUEUE}ClusterQueue", "ml-cluster-queue")) == "24"


def test_a_namespace_outlives_nothing_that_its_jobs_need_to_go(full: Plan) -> None:
    needed = {"ml-kueue", "ml-kuberay-operator", "ml-jobset", "ml-kubeflow-trainer"}

    assert needed <= full.dependencies(of_team(full)["namespace"])
    assert needed <= full.dependencies(full.one(NAMESPACE, "ml-namespace"))


def test_without_more_its_pods_talk_to_each_other_and_out_by_https(minimal: Plan) -> None:
    policy = of_team(minimal)["network-policy"].inputs

    assert policy["metadata"] == {"name": "isolation", "namespace": "vision"}
    assert policy["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
        "egress": [
            {"to": [{"podSelector": {}}]},
            {
                "to": [
                    {
                        "namespaceSelector": {
                            "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                        },
                        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                    },
                    {"ipBlock": {"cidr": "169.254.20.10/32"}},
                ],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            },
            {
                "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}],
                "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}],
            },
            {
                "to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}],
                "ports": [{"protocol": "TCP", "port": 80}],
            },
        ],
    }


def test_what_a_team_asks_for_is_let_through_and_rays_operator_to_its_heads(full: Plan) -> None:
    def namespace(name: str) -> dict[str, Any]:
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

    spec = of_team(full)["network-policy"].inputs["spec"]
    assert spec["ingress"][1:] == [
        {
            "from": [namespace("ray-system")],
            "ports": [{"protocol": "TCP", "port": 8265}, {"protocol": "TCP", "port": 8000}],
        },
        {"from": [namespace("monitoring")]},
    ]
    assert spec["egress"][4:] == [
        {"to": [namespace("mlflow"), {"ipBlock": {"cidr": "10.20.0.0/16"}}]}
    ]


def test_accelerators_are_bounded_by_what_the_queue_could_admit(minimal: Plan, full: Plan) -> None:
    closed = {"services.loadbalancers": "0", "services.nodeports": "0"}

    assert of_team(minimal)["quota"].inputs["spec"] == {
        "hard": {f"requests.{GPU}": "32", f"requests.{EFA}": "128", **closed}
    }
    assert of_team(full)["quota"].inputs["spec"] == {
        "hard": {f"requests.{GPU}": "12", f"requests.{EFA}": "48", **closed}
    }


def test_a_container_that_asks_for_nothing_is_counted_all_the_same(minimal: Plan) -> None:
    assert of_team(minimal)["limits"].inputs["spec"] == {
        "limits": [{"type": "Container", "defaultRequest": {"cpu": "1", "memory": "1Gi"}}]
    }


def test_its_jobs_run_as_an_account_that_may_nothing_in_the_cluster(minimal: Plan) -> None:
    account = of_team(minimal)["service-account"].inputs

    assert account["metadata"] == {"name": "training", "namespace": "vision"}
    assert account["automountServiceAccountToken"] is False


def test_its_members_work_with_jobs_and_change_no_bounds(full: Plan) -> None:
    role, binding = of_team(full)["role"].inputs, of_team(full)["members"].inputs

    allowed = {
        (group, resource): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert len(allowed) == sum(len(rule["resources"]) for rule in role["rules"])
    work = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
    for kind in [
        ("batch", "jobs"),
        ("", "pods"),
        ("ray.io", "rayjobs"),
        ("trainer.kubeflow.org", "trainjobs"),
    ]:
        assert allowed[kind] == work
    assert "get" in allowed["", "pods/log"]
    read = {"get", "list", "watch"}
    for kind in [
        ("", "resourcequotas"),
        ("", "limitranges"),
        ("", "serviceaccounts"),
        ("kueue.x-k8s.io", "localqueues"),
    ]:
        assert allowed[kind] == read
    assert (
        allowed["networking.k8s.io", "networkpolicies"]
        == allowed["kueue.x-k8s.io", "workloads"]
        == read
    )
    assert not {group for group, _ in allowed} & {"rbac.authorization.k8s.io", "*"}
    assert "*" not in {resource for _, resource in allowed} | set().union(*allowed.values())
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "team-member",
    }
    assert binding["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}
        for group in ("team-vision", "interns")
    ]


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_every_object_is_what_its_kubernetes_version_knows(
    minimal: Plan, full: Plan, version: str
) -> None:
    core = [
        r
        for plan in (minimal, full)
        for r in plan.manifest
        if r.type.startswith("kubernetes:")
        and not r.type.startswith(("kubernetes:helm", QUEUE, "kubernetes:trainer"))
    ]

    assert (
        len(core) == 6 + 2 * 6 + 1
    )  # the shared namespaces, accounts and policies, each team's objects, and one binding
    for resource in core:
        kubernetes_validate.validate(dict(resource.inputs), version, strict=True)


def test_teams_come_in_the_order_of_their_names() -> None:
    plan = platform({"b": {}, "a": {}})

    assert [name for name in plan.all(NAMESPACE) if "team" in name] == [
        "ml-team-a-namespace",
        "ml-team-b-namespace",
    ]
