"""The building blocks of groundplan.kubernetes, and the layer that they are in."""

import ast
from pathlib import Path

import groundplan
import pytest
from groundplan.definitions import definition
from groundplan.kubernetes import namespaces, network_policies, node_labels, pod_security
from groundplan.kubernetes.chart_reference import Chart
from groundplan.kubernetes.device_resources import EXTENDED_RESOURCE
from groundplan.kubernetes.pod_security import PodSecurity

ROOT = Path(groundplan.__file__).parent
FOUNDATIONS = (
    "arguments",
    "component",
    "context",
    "facts",
    "iam",
    "problems",
    "tags",
    "web_addresses",
)


def imported(package: str) -> set[str]:
    """The modules of Groundplan that a package imports."""
    trees = [ast.parse(path.read_text()) for path in ROOT.joinpath(package).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
    names = [
        f"groundplan.{alias.name}"
        for n in nodes
        if isinstance(n, ast.ImportFrom) and n.module == "groundplan"
        for alias in n.names
    ]
    return {m for m in [*modules, *names] if m.startswith("groundplan.")}


def test_the_shared_layer_imports_foundations_only() -> None:
    allowed = {f"groundplan.{name}" for name in (*FOUNDATIONS, "kubernetes")}
    assert {".".join(module.split(".")[:2]) for module in imported("kubernetes")} <= allowed


@pytest.mark.parametrize("package", ["serving", "registry"])
def test_no_import_of_training_or_monitoring(package: str) -> None:
    packages = {module.split(".")[1] for module in imported(package)}
    assert not packages & {"training", "monitoring"}


@pytest.mark.parametrize(
    "name", ["ContainerRegistry", "ExperimentTracking", "KubernetesEndpoint", "ModelRegistry"]
)
def test_a_component_is_defined_in_the_layout_of_its_package(name: str) -> None:
    found = definition(name)
    assert found.args.__name__ == f"{name}Args"
    assert found.load().__name__ == name


def test_egress_to_the_internet_excludes_the_instance_metadata() -> None:
    assert network_policies.internet_egress(443) == {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}],
        "ports": [{"protocol": "TCP", "port": 443}],
    }


def test_dns_is_the_clusters_and_the_nodes() -> None:
    rule = network_policies.dns_egress()
    assert [port["protocol"] for port in rule["ports"]] == ["UDP", "TCP"]
    assert rule["to"][1] == {"ipBlock": {"cidr": "169.254.20.10/32"}}


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a" * 64])
def test_names_of_namespaces(name: str) -> None:
    assert namespaces.problems("namespace", name)
    assert namespaces.problems("namespace", "a" * 63) == []


def test_resources_have_a_domain() -> None:
    assert EXTENDED_RESOURCE.fullmatch("amd.com/gpu")
    assert not EXTENDED_RESOURCE.fullmatch("gpu")


def test_reserved_labels_are_refused() -> None:
    (problem,) = node_labels.problems({"nvidia.com/class": "a"})
    assert problem.fix == 'use "example.com/class"'
    assert node_labels.problems({"example.com/class": "a"}) == []


def test_pod_security_warns_of_pods_that_are_not_restricted() -> None:
    assert pod_security.labels(PodSecurity.BASELINE) == {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    }


def test_a_chart_in_an_oci_registry_is_installed_by_its_digest() -> None:
    digest = f"sha256:{64 * 'a'}"
    oci, http = "oci://registry.example.com/charts", "https://charts.example.com"
    assert Chart("kueue", "1.0.0", oci, digest).reference == f"{oci}/kueue@{digest}"
    assert Chart("kueue", "1.0.0", oci).reference == f"{oci}/kueue"
    assert Chart("kueue", "1.0.0", http, digest).reference == "kueue"
