from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.pod_not_privileged import RULE

POD = "kubernetes:core/v1:Pod"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def pod(context: Any = None, **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "fit", "securityContext": context}], **spec}}


@pytest.mark.parametrize(
    "inputs",
    [
        pod(),
        pod({"privileged": False, "runAsNonRoot": True}),
        pod({"capabilities": {"add": ["IPC_LOCK", "NET_BIND_SERVICE"], "drop": ["ALL"]}}),
        pod({"privileged": "${unknown}"}),
        pod(volumes=[{"name": "shm", "emptyDir": {"medium": "Memory"}}]),
        {"spec": "${unknown until chart}"},
    ],
)
def test_a_usual_pod_complies(build: Build, check_rule: CheckRule, inputs: dict[str, Any]) -> None:
    assert check_rule(RULE, build(POD, "trainer", inputs)) == []


@pytest.mark.parametrize(
    ("inputs", "path", "reason", "severity"),
    [
        (
            pod({"privileged": True}),
            "spec.containers[0].securityContext.privileged",
            (
                "container fit of trainer is privileged: a vulnerability in it exposes the node "
                "and its credentials"
            ),
            None,
        ),
        (
            pod({"capabilities": {"add": ["CAP_SYS_ADMIN", "IPC_LOCK"]}}),
            "spec.containers[0].securityContext.capabilities",
            "container fit of trainer adds SYS_ADMIN",
            None,
        ),
        (
            pod(hostNetwork=True),
            "spec.hostNetwork",
            ("the pods of trainer share the network of the node"),
            None,
        ),
        (
            pod(hostPID=True),
            "spec.hostPID",
            ("the pods of trainer share the processes of the node"),
            None,
        ),
        (
            pod(hostIPC=True),
            "spec.hostIPC",
            ("the pods of trainer share the shared memory of the node"),
            None,
        ),
        (
            pod(volumes=[{"name": "a"}, {"name": "b", "hostPath": {"path": "/var/lib/docker"}}]),
            "spec.volumes[1].hostPath",
            "the pods of trainer mount the node's directory /var/lib/docker",
            Severity.MEDIUM,
        ),
    ],
)
def test_a_pod_with_access_to_the_node_is_named(
    build: Build,
    check_rule: CheckRule,
    inputs: dict[str, Any],
    path: str,
    reason: str,
    severity: Severity | None,
) -> None:
    resource = build(POD, "trainer", inputs)
    (breach,) = check_rule(RULE, resource)
    assert (breach.urn, breach.property, breach.reason, breach.severity) == (
        resource.urn,
        path,
        reason,
        severity,
    )


@pytest.mark.parametrize(
    ("kind", "wrap"),
    [
        ("kubernetes:apps/v1:DaemonSet", lambda spec: {"spec": {"template": {"spec": spec}}}),
        (
            "kubernetes:batch/v1:CronJob",
            lambda spec: {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}},
        ),
        (
            "kubernetes:ray.io/v1:RayCluster",
            lambda spec: {"spec": {"workerGroupSpecs": [{"template": {"spec": spec}}]}},
        ),
        ("kubernetes:core/v1:PodTemplate", lambda spec: {"template": {"spec": spec}}),
    ],
)
def test_pods_are_found_in_every_workload(
    build: Build, check_rule: CheckRule, kind: str, wrap: Callable[[Any], dict[str, Any]]
) -> None:
    assert (
        len(check_rule(RULE, build(kind, "trainer", wrap(pod({"privileged": True})["spec"])))) == 1
    )


def test_it_is_about_kubernetes_workloads_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:ecs/service:Service", "s", pod({"privileged": True}))) == []
    assert (
        check_rule(RULE, build("kubernetes:core/v1:Namespace", "n", {"metadata": {"name": "n"}}))
        == []
    )
