"""In which order an environment is deleted, by its dependencies;
tests/engine/test_destroy.py shows that the engine follows it."""

from collections.abc import Mapping

import full_environment
import pytest
from groundplan.manifest.graph import direct_dependencies
from groundplan.manifest.model import Resource
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan

NAMESPACE = "training-team-vision-namespace"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(full_environment.build)


@pytest.fixture(scope="module")
def needs(plan: Plan) -> Mapping[str, set[str]]:
    """Name -> names of all that has to outlive it. The engine deletes nothing before
    what depends on it is gone."""
    by_urn = plan.manifest.by_urn
    dependencies_by_urn: dict[str, set[str]] = {}

    def all_of(resource: Resource) -> set[str]:
        if resource.urn not in dependencies_by_urn:
            direct = [by_urn[urn] for urn in direct_dependencies(resource) if urn in by_urn]
            dependencies_by_urn[resource.urn] = {r.urn for r in direct}.union(
                *(all_of(r) for r in direct)
            )
        return dependencies_by_urn[resource.urn]

    custom = {r.urn for r in plan.manifest if r.custom}
    return {
        r.name: {by_urn[urn].name for urn in all_of(r) & custom}
        for r in plan.manifest
        if r.custom and r.urn not in all_of(r)
    }


@pytest.mark.parametrize(("first", "then"), full_environment.DESTROYED)
def test_nothing_is_deleted_before_its_dependents(
    needs: Mapping[str, set[str]], first: tuple[str, ...], then: tuple[str, ...]
) -> None:
    for name in first:
        assert set(then) <= needs[name], name


def test_all_nodes_and_add_ons_go_before_the_cluster_and_the_cluster_before_the_network(
    plan: Plan, needs: Mapping[str, set[str]]
) -> None:
    inside = [
        r
        for r in plan.manifest
        if r.type.startswith(("kubernetes:", "aws:eks/")) and r.name != "training-cluster"
    ]
    assert len(inside) > 80
    for resource in inside:
        assert "training-cluster" in needs[resource.name], resource.name
    for resource in plan.manifest:
        if (
            resource.type.startswith("aws:ec2/")
            and resource.name.startswith("network-")
            and resource.name != "network-vpc"
        ):
            assert "network-vpc" in needs[resource.name] or resource.name.endswith("-address"), (
                resource.name
            )
            assert "training-cluster" not in needs[resource.name], resource.name


def test_what_is_in_a_namespace_goes_with_it_so_that_its_last_pods_are_isolated_and_have_their_identity(  # noqa: E501
    plan: Plan,
) -> None:
    with_it = {
        r.name: r.type.rsplit(":", 1)[-1]
        for r in plan.manifest
        if str(r.option("deletedWith")).endswith(f"::{NAMESPACE}")
        and r.name.startswith("training-team-vision-")
    }
    assert set(with_it.values()) == {
        "LimitRange",
        "LocalQueue",
        "NetworkPolicy",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "ServiceAccount",
    }


def test_a_volume_neither_waits_for_jobs_that_wait_for_it_nor_leaves_its_claim_to_itself(
    plan: Plan, needs: Mapping[str, set[str]]
) -> None:
    for kind, volumes in {
        "lustre": full_environment.FILE_VOLUMES,
        "datasets": full_environment.DATA_VOLUMES,
    }.items():
        for name in volumes:
            assert not needs[name] & set(full_environment.NAMESPACES)
            claim = plan.one(
                "kubernetes:core/v1:PersistentVolumeClaim", name.replace("-volume", "-claim")
            )
            assert {
                name,
                NAMESPACE.replace("vision", "speech" if "speech" in name else "vision"),
            } <= needs[claim.name]
            assert "namespace" in claim.option("deletedWith"), kind


def test_jobs_have_the_time_to_end(plan: Plan) -> None:
    waits = {
        **plan.all("kubernetes:core/v1:Namespace"),
        **plan.all("kubernetes:karpenter.sh/v1:NodePool"),
        **plan.all("kubernetes:core/v1:PersistentVolume"),
    }
    del waits["monitoring-namespace"]
    assert len(waits) == 3 + 2 + 6
    assert {r.option("customTimeouts")["delete"] for r in waits.values()} == {"30m"}


def test_jobs_that_must_not_be_disrupted_are_gone_before_karpenter_is_asked_to_end_their_nodes(
    plan: Plan, needs: Mapping[str, set[str]]
) -> None:
    job = plan.one("kubernetes:batch/v1:Job", "churn-job")
    assert (
        job.inputs["spec"]["template"]["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"]
        == "true"
    )
    assert set(full_environment.NODE_POOLS) <= needs["churn-job"] & needs[NAMESPACE]


def test_one_protected_resource_of_each_kind_blocks_the_destroy_of_a_protected_environment() -> (
    None
):
    plan = deploy(lambda: full_environment.build(protected=True))
    protected = {r.name for r in plan.manifest if r.option("protect")}
    assert {
        "artifacts-bucket",
        "files-file-system",
        "monitoring-namespace",
        "network-vpc",
        "training-cluster",
        *full_environment.NAMESPACES,
    } <= protected
    assert plan.one("aws:eks/cluster:Cluster").inputs["deletionProtection"] is True
    assert not {r.name for r in deploy(full_environment.build).manifest if r.option("protect")}
