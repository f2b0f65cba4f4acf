"""The real engine destroys an environment in the order that
tests/training/cluster/test_destroy_order.py derives from its program."""

import json
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import full_environment
import pytest
from journal import Journal
from real_engine import Engine

PROGRAM = """
import full_environment
import pulumi

full_environment.build(protected=pulumi.Config().get_bool("protected") or False)
"""
HOOK = """
import pulumi
import pulumi_aws as aws

hook = pulumi.ResourceHook("deleted", lambda args: None)
binding = pulumi.ResourceHookBinding(before_delete=[hook])
vpc = aws.ec2.Vpc(
    "hooked", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(hooks=binding)
)
"""


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def full(engine: Callable[[str], Engine], journal: Journal) -> Engine:
    """An engine with the full environment, not deployed."""
    dev = engine("dev")
    shutil.copy(pathlib.Path(full_environment.__file__), dev.folder / "infra")
    (dev.folder / "infra/__main__.py").write_text(PROGRAM)
    journal.attach(dev)
    return dev


def resources(engine: Engine) -> list[Any]:
    """The resources in the engine's state."""
    state: list[Any] = json.loads(engine.run("stack", "export"))["deployment"].get("resources", [])
    return state


def test_every_resource_is_deleted_before_its_dependencies(full: Engine, journal: Journal) -> None:
    full.run("up", "--yes", "--skip-preview")
    state = {r["urn"]: r for r in resources(full)}
    full.run("destroy", "--yes", "--skip-preview")

    deletions = journal.read("delete")
    assert resources(full) == []
    violations = [
        violation
        for first, then in full_environment.DESTROYED
        for violation in deletions.before(
            deletions.of(*(f"::{name}" for name in first)),
            deletions.of(*(f"::{name}" for name in then)),
        )
    ]
    assert violations == []
    deleted_with_namespace = {
        urn
        for urn, r in state.items()
        if "::training-team-vision-namespace" in r.get("deletedWith", "")
    }
    assert (
        len(deleted_with_namespace) == 9
    )  # queue, policy, quota, limits, account, role, binding, and two claims
    assert not deleted_with_namespace & set(deletions.spans)
    for urn in deletions.spans:
        dependencies = {*state[urn].get("dependencies", []), state[urn].get("parent")} & set(
            deletions.spans
        )
        assert deletions.before({urn}, dependencies) == []


def test_a_node_pool_that_cannot_be_deleted_retains_its_dependencies_until_a_retry(
    full: Engine, journal: Journal
) -> None:
    full.run("up", "--yes", "--skip-preview")
    full.environment["ECHO_STUCK"] = "training-burst-node-pool"
    assert "timed out" in full.run("destroy", "--yes", "--skip-preview", fails=True)

    remaining = {r["urn"].rsplit("::", 1)[-1] for r in resources(full)}
    dependencies = (
        "training-burst-node-class",
        "training-karpenter",
        *full_environment.LATE_ADDONS,
        "training-cluster",
    )
    assert {*dependencies, *full_environment.INTERNET_ACCESS, "network-vpc"} <= remaining
    assert not {*full_environment.JOBS, *full_environment.NAMESPACES} & remaining

    del full.environment["ECHO_STUCK"]
    full.run("destroy", "--yes", "--skip-preview")
    assert resources(full) == []


def test_the_destroy_of_a_protected_environment_is_refused_before_any_deletion(
    full: Engine, journal: Journal
) -> None:
    full.run("config", "set", "protected", "true")
    full.run("up", "--yes", "--skip-preview")
    journal.clear()
    assert "cannot be deleted" in full.run("destroy", "--yes", fails=True)
    assert journal.read("delete").names == []

    # Without a preview the engine deletes all resources that no protected resource
    # depends on, before it fails.
    full.run("destroy", "--yes", "--skip-preview", fails=True)
    retained = {r["urn"].rsplit("::", 1)[-1] for r in resources(full)}
    assert {
        "artifacts-bucket",
        *full_environment.NAMESPACES,
        "training-kueue",
        *full_environment.NODE_POOLS,
    } <= retained
    assert {
        *full_environment.LATE_ADDONS,
        *full_environment.INTERNET_ACCESS,
        "training-cluster",
        "monitoring-namespace",
    } <= retained

    full.run("config", "set", "protected", "false")
    full.run("up", "--yes", "--skip-preview")
    full.run("destroy", "--yes", "--skip-preview")
    assert resources(full) == []
    assert {"monitoring-namespace", "artifacts-bucket", "files-file-system"} <= set(
        journal.read("delete").names
    )


def test_the_repositorys_environment_is_destroyed_in_order(
    engine: Callable[[str], Engine], journal: Journal
) -> None:
    prod = engine("prod")
    journal.attach(prod)
    prod.run("config", "set", "deletionProtection", "false")
    prod.run("up", "--yes", "--skip-preview")
    state = {r["urn"]: r for r in resources(prod)}
    prod.run("destroy", "--yes", "--skip-preview")

    deletions = journal.read("delete")
    assert len(deletions.spans) > 100
    inside = {urn for urn in deletions.spans if state[urn]["type"].startswith("kubernetes:")}
    of_cluster = {
        urn for urn in deletions.spans if state[urn]["type"].startswith("aws:eks/")
    } - deletions.of("::training-cluster")
    groups = {urn for urn in of_cluster if state[urn]["type"] == "aws:eks/nodeGroup:NodeGroup"}
    assert deletions.before(inside, deletions.of("::training-system-nodes", "-csi-driver")) == []
    assert (
        deletions.before(groups, deletions.of("::training-vpc-cni", "::training-kube-proxy")) == []
    )
    assert deletions.before(of_cluster | inside, deletions.of("::training-cluster")) == []
    assert (
        deletions.before(
            deletions.of("::training-cluster"),
            deletions.of("-internet-route", "::network-private-1", "::network-vpc"),
        )
        == []
    )


def test_delete_hooks_prevent_a_destroy_without_the_program(
    engine: Callable[[str], Engine],
) -> None:
    """Why no component uses a delete hook: `destroy` would need the program, and so
    would an `up` that deletes a cluster."""
    dev = engine("dev")
    program = dev.folder / "infra/__main__.py"
    program.write_text(HOOK)
    dev.run("up", "--yes", "--skip-preview")
    assert "You must run with the `--run-program` flag" in dev.run(
        "destroy", "--yes", "--skip-preview", fails=True
    )

    program.write_text("")
    assert 'hook "deleted" was not registered' in dev.run(
        "up", "--yes", "--skip-preview", fails=True
    )
