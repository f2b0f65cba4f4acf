"""A KubernetesEndpoint that serves a container: its pods, and what is around them."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "models",
    "bucket_arn": "arn:aws:s3:::models",
    "kms_key_arn": "arn:aws:kms:us-east-1:1:key/k",
}
FULL: Any = {
    "image": IMAGE,
    "model_data": "models/fraud/3/model.tar.gz",
    "artifacts": ARTIFACTS,
    "cluster_name": "training",
    "environment": {"LEVEL": "info"},
    "secrets": {"TOKEN": {"name": "fraud", "key": "token"}},
    "arguments": ["--workers=4"],
    "port": 9000,
    "health_path": "/ready",
    "replicas": 3,
    "rollout": {
        "max_surge": 0,
        "max_unavailable": 1,
        "min_ready_seconds": 10,
        "timeout_seconds": 900,
    },
    "accelerators": 2,
    "accelerator": "amd.com/gpu",
    "cpu": 8,
    "memory_gib": 32,
    "shared_memory_gib": 4,
    "volume_size_gb": 50,
    "node_labels": {"node": "gpu"},
    "taints": [{"key": "team", "value": "risk"}],
    "priority_class": "serving",
    "service_account": "risk",
    "run_as_user": 1001,
    "writable_paths": ["/var/cache/fraud"],
    "namespace": "risk",
    "reached_from": ["web"],
    "network_isolation": False,
    "metrics": {},
    "health_check_timeout_seconds": 300,
    "request_timeout_seconds": 120,
    "endpoint_name": "fraud-v2",
    "tags": {"team": "risk"},
}


def endpoint(args: Any, name: str = "fraud") -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint(name, args, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return endpoint({"image": IMAGE})


@pytest.fixture(scope="module")
def full() -> Plan:
    return endpoint(FULL)


def inputs(plan: Plan, name: str) -> Any:
    (resource,) = [r for r in plan.manifest if r.name == name]
    return resource.inputs


def pod(plan: Plan, name: str = "fraud-deployment") -> Any:
    return inputs(plan, name)["spec"]["template"]["spec"]


def test_a_minimal_endpoint_needs_an_image_and_nothing_of_aws(minimal: Plan) -> None:
    assert {
        r.name: r.type for r in minimal.manifest if r.custom and not r.type.startswith("pulumi:")
    } == {
        "fraud-namespace": "kubernetes:core/v1:Namespace",
        "fraud-service-account": "kubernetes:core/v1:ServiceAccount",
        "fraud-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "fraud-disruption-budget": "kubernetes:policy/v1:PodDisruptionBudget",
        "fraud-deployment": "kubernetes:apps/v1:Deployment",
        "fraud-service": "kubernetes:core/v1:Service",
        "fraud-alerts": "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    }


def test_all_children_belong_to_the_component_and_its_provider(full: Plan) -> None:
    component = full.one("groundplan:index:KubernetesEndpoint", "fraud")
    children = [r for r in full.manifest if r.custom and not r.type.startswith("pulumi:")]
    assert len(children) == 9
    for child in children:
        assert full.parent(child) == component, child.name


def test_its_outputs(minimal: Plan, full: Plan) -> None:
    alerts = ["EndpointDown", "EndpointDegraded", "EndpointRolloutStuck"]
    assert minimal.one("groundplan:index:KubernetesEndpoint").outputs == {
        "endpointName": "fraud",
        "url": "http://fraud.fraud.svc",
        "serviceName": "fraud",
        "namespace": "fraud",
        "alarmNames": alerts,
        "engine": "container",
        "releaseTarget": {},
    }
    outputs = full.one("groundplan:index:KubernetesEndpoint").outputs
    assert (outputs["url"], outputs["namespace"]) == ("http://fraud-v2.risk.svc", "risk")
    assert outputs["roleArn"] == "${fraud-access.arn}"
    assert outputs["alarmNames"] == [*alerts, "EndpointErrors", "EndpointLatency"]


def test_its_own_namespace_enforces_restricted_pods(minimal: Plan, full: Plan) -> None:
    assert inputs(minimal, "fraud-namespace")["metadata"] == {
        "name": "fraud",
        "labels": {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }
    assert not full.all("kubernetes:core/v1:Namespace")
    rooted = endpoint({"image": IMAGE, "run_as_user": 0, "allow_root": True})
    assert (
        inputs(rooted, "fraud-namespace")["metadata"]["labels"][
            "pod-security.kubernetes.io/enforce"
        ]
        == "baseline"
    )


def test_a_rollout_removes_no_pod_before_a_new_one_is_ready(minimal: Plan) -> None:
    spec = inputs(minimal, "fraud-deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    assert (
        spec["minReadySeconds"],
        spec["progressDeadlineSeconds"],
        spec["revisionHistoryLimit"],
    ) == (30, 2400, 3)


def test_a_terminating_pod_completes_its_requests(minimal: Plan, full: Plan) -> None:
    for plan, seconds in ((minimal, 30 + 60 + 30), (full, 30 + 120 + 30)):
        spec = pod(plan)
        assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 30}}}
        assert spec["terminationGracePeriodSeconds"] == seconds


def test_pulumi_waits_as_long_as_a_rollout_may_take(minimal: Plan, full: Plan) -> None:
    for plan, seconds in ((minimal, 2 * 2400 + 600), (full, 3 * 900 + 600)):
        deployment = plan.one("kubernetes:apps/v1:Deployment")
        assert deployment.option("customTimeouts") == {
            "create": f"{seconds}s",
            "update": f"{seconds}s",
        }
        assert deployment.option("ignoreChanges") in (None, [])


def test_the_container_has_sagemakers_contract(minimal: Plan) -> None:
    spec = pod(minimal)
    (container,) = spec["containers"]
    check = {"httpGet": {"path": "/ping", "port": "http"}}
    assert container == {
        "name": "server",
        "image": IMAGE,
        "env": [{"name": "HOME", "value": "/tmp"}],  # noqa: S108
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "startupProbe": {**check, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 60},
        "readinessProbe": {**check, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {
            **check,
            "periodSeconds": 10,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": 30}}},
        "resources": {
            "requests": {"cpu": "1", "memory": "2Gi", "ephemeral-storage": "30G"},
            "limits": {"memory": "2Gi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108
    }
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "30G"}}]
    assert (spec["initContainers"], spec["nodeSelector"], spec["tolerations"]) == ([], {}, [])
    assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)


def test_every_argument_of_the_container(full: Plan) -> None:
    spec = pod(full)
    (container,) = spec["containers"]
    assert container["args"] == ["--workers=4"]
    assert container["env"] == [
        {"name": "HOME", "value": "/tmp"},  # noqa: S108
        {"name": "LEVEL", "value": "info"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "fraud", "key": "token"}}},
    ]
    assert container["ports"][0]["containerPort"] == 9000
    assert container["startupProbe"]["httpGet"]["path"] == "/ready"
    assert container["startupProbe"]["failureThreshold"] == 30
    assert container["resources"] == {
        "requests": {"cpu": "8", "memory": "32Gi", "amd.com/gpu": "2", "ephemeral-storage": "100G"},
        "limits": {"memory": "32Gi", "amd.com/gpu": "2"},
    }
    assert spec["nodeSelector"] == {"node": "gpu"}
    assert spec["tolerations"] == [
        {"key": "team", "operator": "Equal", "value": "risk", "effect": "NoSchedule"},
        {"key": "amd.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    ]
    assert (spec["priorityClassName"], spec["serviceAccountName"]) == ("serving", "risk")
    assert spec["securityContext"]["runAsUser"] == 1001
    assert {volume["name"]: volume["emptyDir"] for volume in spec["volumes"]} == {
        "tmp": {"sizeLimit": "50G"},
        "writable-0": {"sizeLimit": "50G"},
        "shared-memory": {"medium": "Memory", "sizeLimit": "4Gi"},
        "model": {"sizeLimit": "50G"},
        "archive": {"sizeLimit": "50G"},
    }
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {
        "/tmp",  # noqa: S108
        "/var/cache/fraud",
        "/dev/shm",  # noqa: S108
        "/opt/ml/model",
    }
    spec = inputs(full, "fraud-deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert (spec["replicas"], spec["minReadySeconds"], spec["progressDeadlineSeconds"]) == (
        3,
        10,
        900,
    )
    assert not full.all("kubernetes:core/v1:ServiceAccount")


def test_pods_are_scheduled_on_a_pool_and_tolerate_its_taints() -> None:
    spec = pod(endpoint({"image": IMAGE, "pool": "gpu", "accelerators": 1}))
    assert spec["nodeSelector"] == {"groundplan/pool": "gpu"}
    assert spec["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "groundplan/pool", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"},
    ]
    assert spec["containers"][0]["resources"]["requests"]["cpu"] == "3"
    assert spec["containers"][0]["resources"]["limits"] == {"memory": "12Gi", "nvidia.com/gpu": "1"}


def test_pods_are_spread_over_zones_then_nodes(minimal: Plan) -> None:
    spread = pod(minimal)["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    for one in spread:
        assert one["labelSelector"] == {
            "matchLabels": inputs(minimal, "fraud-deployment")["spec"]["selector"]["matchLabels"]
        }
        assert (one["maxSkew"], one["whenUnsatisfiable"]) == (1, "ScheduleAnyway")
        assert one["matchLabelKeys"] == ["pod-template-hash"]


def test_an_archive_is_downloaded_then_unpacked_and_the_server_can_only_read_it(full: Plan) -> None:
    spec = pod(full)
    download, unpack = spec["initContainers"]
    assert download["args"] == [
        "s3",
        "cp",
        "--no-progress",
        "s3://models/models/fraud/3/model.tar.gz",
        "/archive/model.tar.gz",
    ]
    unpacks = "tar -xzf /archive/model.tar.gz -C /opt/ml/model && chmod -R a+rX /opt/ml/model"
    assert unpack["command"] == ["sh", "-c", unpacks]
    (mount,) = [m for m in spec["containers"][0]["volumeMounts"] if m["name"] == "model"]
    assert mount["readOnly"] is True
    for loader in (download, unpack):
        assert loader["securityContext"]["runAsNonRoot"] is True
        assert loader["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_folder_is_downloaded_as_it_is() -> None:
    args = {
        "image": IMAGE,
        "model_data": "models/fraud/3/",
        "artifacts": ARTIFACTS,
        "cluster_name": "c",
    }
    (download,) = pod(endpoint(args))["initContainers"]
    assert download["args"] == [
        "s3",
        "cp",
        "--recursive",
        "--no-progress",
        "s3://models/models/fraud/3/",
        "/opt/ml/model/",
    ]


def test_the_service_selects_the_stable_pods(minimal: Plan) -> None:
    assert inputs(minimal, "fraud-service")["spec"] == {
        "type": "ClusterIP",
        "selector": {"app.kubernetes.io/name": "fraud", "app.kubernetes.io/component": "stable"},
        "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
    }


def test_a_drain_evicts_one_pod_at_a_time(minimal: Plan) -> None:
    assert inputs(minimal, "fraud-disruption-budget")["spec"] == {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": {"app.kubernetes.io/name": "fraud"}},
    }


def test_pods_wait_for_the_network_policy_and_for_what_they_may_read(
    minimal: Plan, full: Plan
) -> None:
    assert "fraud-network-policy" in minimal.dependencies(
        minimal.one("kubernetes:apps/v1:Deployment")
    )
    assert {"fraud-network-policy", "fraud-identity"} <= full.dependencies(
        full.one("kubernetes:apps/v1:Deployment")
    )


def test_pods_of_a_plain_container_may_only_resolve_names(minimal: Plan) -> None:
    spec = inputs(minimal, "fraud-network-policy")["spec"]
    assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "fraud"}}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    monitoring = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    }
    assert spec["ingress"] == [
        {"from": [{"podSelector": {}}, monitoring], "ports": [{"protocol": "TCP", "port": 8080}]}
    ]
    (names,) = spec["egress"]
    assert names["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def test_pods_that_load_a_model_reach_s3_and_their_credentials(full: Plan) -> None:
    spec = inputs(full, "fraud-network-policy")["spec"]
    _names, https, identity = spec["egress"]
    assert https == {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}],
        "ports": [{"protocol": "TCP", "port": 443}],
    }
    assert identity == {
        "to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}],
        "ports": [{"protocol": "TCP", "port": 80}],
    }
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}} in spec[
        "ingress"
    ][0]["from"]


def test_without_isolation_https_is_allowed() -> None:
    spec = inputs(endpoint({"image": IMAGE, "network_isolation": False}), "fraud-network-policy")[
        "spec"
    ]
    assert spec["egress"][1]["ports"] == [{"protocol": "TCP", "port": 443}]


def test_without_prometheus_there_are_no_alerts() -> None:
    plan = endpoint({"image": IMAGE, "prometheus": False})
    assert not [r for r in plan.manifest if "monitoring.coreos.com" in r.type]
    assert plan.one("groundplan:index:KubernetesEndpoint").outputs["alarmNames"] == []
    assert len(inputs(plan, "fraud-network-policy")["spec"]["ingress"][0]["from"]) == 1


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_all_objects_are_valid_for_kubernetes(minimal: Plan, full: Plan, version: str) -> None:
    checked = 0
    for plan in (minimal, full):
        for resource in plan.manifest:
            if resource.type.startswith("kubernetes:") and "coreos" not in resource.type:
                kubernetes_validate.validate(resource.inputs, version, strict=True)
                checked += 1
    assert checked == 10


def test_pods_of_a_pool_tolerate_the_taint_of_its_accelerators() -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        args: Any = {"image": "docker.io/acme/fraud:1", "pool": "gpu"}
        KubernetesEndpoint("fraud", args, pulumi.ResourceOptions(provider=provider))

    template = deploy(program).one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]
    assert template["spec"]["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "groundplan/pool", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"},
    ]
