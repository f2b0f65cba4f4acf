from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.platform.training_platform import TrainingPlatform
from groundplan.training.queues import kueue

RELEASE = "kubernetes:helm.sh/v3:Release"
PROVIDER = "pulumi:providers:kubernetes"
COMPONENT = "groundplan:index:TrainingPlatform"

POOLS: Any = {
    "h100": {
        "nodes": 4,
        "cpu": 190,
        "memory_gib": 1900,
        "accelerator": "nvidia.com/gpu",
        "accelerators": 8,
        "node_labels": {"nvidia.com/gpu.product": "H100"},
        "taints": [{"key": "nvidia.com/gpu", "value": "present"}],
        "usd_per_hour": 98.32,
    },
    "cpu": {"nodes": 10, "cpu": 30, "memory_gib": 120, "node_labels": {"pool": "cpu"}},
}


def build(opts: pulumi.ResourceOptions | None = None, **args: Any) -> Plan:
    overrides: Any = args
    return deploy(lambda: TrainingPlatform("ml", overrides, opts))


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return build(kubeconfig="~/.kube/config")


@pytest.fixture(scope="module")
def full() -> Plan:
    return build(
        kubeconfig="{}",
        cluster_identifier="on-premises",
        pools=POOLS,
        teams={"vision": {"guaranteed": {"h100": 16}, "members": ["vision"]}, "speech": {}},
        frameworks={"ray": True, "trainer": True},
        device_plugin=True,
        deletion_protection=False,
    )


def test_a_kubeconfig_is_enough(minimal: Plan) -> None:
    assert {r.name: r.type for r in minimal.manifest} == {
        "ml": COMPONENT,
        "ml-kubernetes": PROVIDER,
        "ml-kueue": RELEASE,
        "ml-namespace": "kubernetes:core/v1:Namespace",
        "ml-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "ml-service-account": "kubernetes:core/v1:ServiceAccount",
    }
    assert minimal.one(PROVIDER).inputs == {"kubeconfig": "~/.kube/config"}
    assert minimal.one(COMPONENT).outputs == {"namespaces": ["training"], "clusterQueues": {}}


def test_nothing_in_it_needs_aws(full: Plan) -> None:
    types = {r.type for r in full.manifest}

    assert not [kind for kind in types if "aws" in kind]
    assert types == {
        COMPONENT,
        PROVIDER,
        RELEASE,
        *(
            f"kubernetes:core/v1:{kind}"
            for kind in ("Namespace", "ServiceAccount", "ResourceQuota", "LimitRange")
        ),
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        *(f"kubernetes:rbac.authorization.k8s.io/v1:{kind}" for kind in ("Role", "RoleBinding")),
        *(
            f"kubernetes:kueue.x-k8s.io/v1beta2:{kind}"
            for kind in ("ResourceFlavor", "ClusterQueue", "LocalQueue", "WorkloadPriorityClass")
        ),
        "kubernetes:trainer.kubeflow.org/v1alpha1:ClusterTrainingRuntime",
    }


def test_nothing_is_asked_of_any_cloud(full: Plan) -> None:
    assert full.manifest.invokes == ()


def test_all_of_it_belongs_to_the_component_and_comes_by_its_provider(full: Plan) -> None:
    component, provider = full.one(COMPONENT), full.one(PROVIDER)

    assert not component.inputs
    assert provider.inputs == {"kubeconfig": "{}", "clusterIdentifier": "on-premises"}
    for resource in full.manifest:
        if resource != component:
            assert resource.name.startswith("ml-")
            assert full.parent(resource) == component
        if resource.type.startswith("kubernetes:"):
            assert resource.option("provider") == provider.urn


def test_it_returns_the_cluster_queue_of_each_namespace(full: Plan) -> None:
    assert full.one(COMPONENT).outputs == {
        "namespaces": ["training", "speech", "vision"],
        "clusterQueues": {"training": "default", "speech": "speech", "vision": "vision"},
    }


def test_a_pool_becomes_a_flavor(full: Plan) -> None:
    flavor = full.one("kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor", "ml-h100-flavor")
    queue = full.one(
        "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", "ml-team-vision-cluster-queue"
    )

    assert flavor.inputs["spec"] == {
        "nodeLabels": {"nvidia.com/gpu.product": "H100"},
        "tolerations": [
            {
                "effect": "NoSchedule",
                "key": "nvidia.com/gpu",
                "operator": "Equal",
                "value": "present",
            }
        ],
    }
    assert queue.inputs["spec"]["resourceGroups"][0]["flavors"][1] == {
        "name": "h100",
        "resources": [
            {"name": "cpu", "nominalQuota": "380"},
            {"name": "memory", "nominalQuota": f"{2 * 1900 * 1024}Mi"},
            {"name": "nvidia.com/gpu", "nominalQuota": "16"},
        ],
    }


def test_the_device_plugin_comes_where_it_is_asked_for(minimal: Plan, full: Plan) -> None:
    assert full.one(RELEASE, "ml-nvidia-device-plugin").inputs["namespace"] == "kube-system"
    assert set(minimal.all(RELEASE)) == {"ml-kueue"}


def test_kueue_is_configured_with_what_waits_and_for_how_long(minimal: Plan) -> None:
    values = minimal.one(RELEASE, "ml-kueue").inputs["values"]

    assert values["managerConfig"] == {"controllerManagerConfigYaml": kueue.configuration()}


def test_namespaces_of_teams_can_be_let_go(full: Plan) -> None:
    assert not [r.name for r in full.manifest if r.option("protect")]
    kept = build(kubeconfig="{}", pools=POOLS, teams={"vision": {}})
    assert [r.name for r in kept.manifest if r.option("protect")] == [
        "ml-namespace",
        "ml-team-vision-namespace",
    ]


def test_a_provider_replaces_a_kubeconfig() -> None:
    def program() -> None:
        provider = kubernetes.Provider("mine", kubeconfig="{}")
        TrainingPlatform("ml", opts=pulumi.ResourceOptions(providers=[provider]))

    plan = deploy(program)
    assert plan.one(PROVIDER).name == "mine"
    assert plan.one(RELEASE).option("provider") == plan.one(PROVIDER).urn


def test_one_of_kubeconfig_and_provider_and_not_both() -> None:
    with pytest.raises(InvalidArguments, match=r"kubeconfig is missing.*one of the two"):
        build()

    def both() -> None:
        provider = kubernetes.Provider("mine", kubeconfig="{}")
        TrainingPlatform(
            "ml", {"kubeconfig": "secret"}, pulumi.ResourceOptions(providers=[provider])
        )

    with pytest.raises(InvalidArguments, match="remove kubeconfig, or the provider") as caught:
        deploy(both)
    assert "secret" not in str(caught.value)


def pool(**changes: Any) -> Any:
    return {"nodes": 1, "cpu": 8, "memory_gib": 32, "node_labels": {"pool": "x"}, **changes}


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"nodes": 0}, "nodes", "from 1 to 15000 (nodes)"),
        ({"cpu": 0}, "cpu", "from 1 to 10000 (cores)"),
        ({"memory_gib": 0}, "memory_gib", "(GiB)"),
        ({"efa": -1}, "efa", "from 0 to 10000"),
        ({"accelerators": 8}, "accelerator", "such as nvidia.com/gpu"),
        ({"accelerator": "nvidia.com/gpu"}, "accelerators", "how many nvidia.com/gpu one node has"),
        ({"accelerator": "gpu", "accelerators": 8}, "accelerator", "with its vendor's domain"),
        ({"node_labels": {}}, "node_labels", "1 to 8 labels"),
        ({"node_labels": {f"l{i}": "x" for i in range(9)}}, "node_labels", "1 to 8 labels"),
        ({"node_labels": {"a b": "x"}}, "node_labels.a b", "a Kubernetes label"),
        ({"taints": [{"key": "a/b/c", "value": ""}]}, "taints[0]", "a taint"),
        ({"taints": [{"key": f"k{i}", "value": ""} for i in range(9)]}, "taints", "at most 8"),
        ({"usd_per_hour": -1.0}, "usd_per_hour", "above 0"),
        ({"usd_per_hour": 0.0}, "usd_per_hour", "above 0"),
    ],
)
def test_a_pool_that_can_not_be_is_refused(changes: Any, key: str, words: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        build(kubeconfig="{}", pools={"x": pool(**changes)})

    (problem,) = caught.value.problems
    assert problem.key == f"pools.x.{key}"
    assert words in str(problem)


def test_two_pools_of_the_same_nodes_are_one() -> None:
    with pytest.raises(InvalidArguments, match=r"pools\.y\.node_labels.*x has the same"):
        build(kubeconfig="{}", pools={"x": pool(), "y": pool()})


def test_all_problems_of_a_platform_are_reported_at_once() -> None:
    with pytest.raises(InvalidArguments) as caught:
        build(
            pools={"Big": pool(nodes=0), "half": {"nodes": 1}},
            teams={"default": {"weight": 0}},
            frameworks={"spark": True},
            device_plugins=True,
        )

    assert {problem.key for problem in caught.value.problems} == {
        "kubeconfig", "pools.Big", "pools.Big.nodes", "pools.half.cpu", "pools.half.memory_gib", "pools.half.node_labels",  # noqa: E501
        "teams.default", "teams.default.weight", "frameworks.spark", "device_plugins",
    }  # fmt: skip
    assert [r.type for r in caught.value.manifest] == [COMPONENT]  # type: ignore[attr-defined]


def test_shares_are_judged_by_the_pools() -> None:
    with pytest.raises(InvalidArguments) as caught:
        build(
            kubeconfig="{}",
            pools=POOLS,
            teams={"a": {"guaranteed": {"h100": 20}}, "b": {"guaranteed": {"h100": 16}}},
        )
    assert [problem.key for problem in caught.value.problems] == ["teams.*.guaranteed.h100"]

    with pytest.raises(InvalidArguments, match="no teams where there are no pools"):
        build(kubeconfig="{}", teams={"a": {}})


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_every_core_object_is_what_its_kubernetes_version_knows(full: Plan, version: str) -> None:
    core = [
        r
        for r in full.manifest
        if r.type.startswith(("kubernetes:core", "kubernetes:networking", "kubernetes:rbac"))
    ]

    assert len(core) == 3 + 2 * 6 + 1
    for resource in core:
        kubernetes_validate.validate(dict(resource.inputs), version, strict=True)


def test_twenty_teams_and_fifty_pools_are_planned_whole() -> None:
    pools = {
        f"pool-{i:02}": {**POOLS["h100"], "nodes": 100, "node_labels": {"pool": str(i)}}
        for i in range(50)
    }
    teams = {f"team-{i:02}": {"guaranteed": dict.fromkeys(pools, 40)} for i in range(20)}

    plan = build(kubeconfig="{}", pools=pools, teams=teams)
    queues = plan.all("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue")
    assert len(queues) == 21
    assert all(
        len(queue.inputs["spec"]["resourceGroups"][0]["flavors"]) == 50 for queue in queues.values()
    )


def test_the_ceiling_names_keys_of_the_platform() -> None:
    pools = {"x": pool(nodes=4, usd_per_hour=10.0)}
    with pytest.raises(InvalidArguments) as caught:
        build(kubeconfig="{}", pools=pools, max_usd_per_hour=25.0)

    (problem,) = caught.value.problems
    assert problem.fix == "lower pools.x.nodes to 2, or raise max_usd_per_hour"


NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def test_jobs_without_a_team_are_isolated_as_a_teams(full: Plan) -> None:
    policy = full.one(POLICY, "ml-network-policy").inputs
    team = full.one(POLICY, "ml-team-vision-network-policy").inputs
    assert policy["metadata"] == {"name": "isolation", "namespace": "training"}
    assert policy["spec"] == team["spec"]
    assert policy["spec"]["podSelector"] == {}
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_jobs_without_a_team_connect_to_what_the_arguments_name() -> None:
    plan = build(kubeconfig="{}", connections={"reaches": ["mlflow"], "reached_from": ["ray-ui"]})
    spec = plan.one(POLICY).inputs["spec"]
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mlflow"}}}
    assert {"to": [peer]} in spec["egress"]
    assert "ray-ui" in str(spec["ingress"])


def test_connections_are_validated_as_those_of_a_team() -> None:
    wrong = {"reaches": ["Not_A_Namespace"], "networks": ["169.254.169.254/32"]}
    with pytest.raises(InvalidArguments) as caught:
        build(kubeconfig="{}", connections=wrong)
    keys = {problem.key for problem in caught.value.problems}
    assert keys == {"connections.reaches[0]", "connections.networks[0]"}
