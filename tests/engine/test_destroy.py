"""The real engine destroys an environment in the order that
tests/training/cluster/test_destroy_order.py reads off its program."""

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

full_environment.build(keep=pulumi.Config().get_bool("keep") or False)
"""
HOOK = """
import pulumi
import pulumi_aws as aws

hook = pulumi.ResourceHook("gone", lambda args: None)
vpc = aws.ec2.Vpc(
    "hooked", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_delete=[hook]))
)
"""


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def full(engine: Callable[[str], Engine], journal: Journal) -> Engine:
    """An engine with the full environment, deployed nowhere yet."""
    made = engine("dev")
    shutil.copy(pathlib.Path(full_environment.__file__), made.folder / "infra")
    (made.folder / "infra/__main__.py").write_text(PROGRAM)
    journal.keep(made)
    return made


def resources(engine: Engine) -> list[Any]:
    """What is in the engine's state."""
    found: list[Any] = json.loads(engine.run("stack", "export"))["deployment"].get("resources", [])
    return found


def test_everything_goes_before_what_it_needs(full: Engine, journal: Journal) -> None:
    full.run("up", "--yes", "--skip-preview")
    state = {r["urn"]: r for r in resources(full)}
    full.run("destroy", "--yes", "--skip-preview")

    gone = journal.read("delete")
    assert resources(full) == []
    wrong = [
        found
        for first, then in full_environment.DESTROYED
        for found in gone.before(
            gone.of(*(f"::{name}" for name in first)), gone.of(*(f"::{name}" for name in then))
        )
    ]
    assert wrong == []
    left = {
        urn
        for urn, r in state.items()
        if "::training-team-vision-namespace" in r.get("deletedWith", "")
    }
    assert len(left) == 9  # queue, policy, quota, limits, account, role, binding, and two claims
    assert not left & set(gone.spans)
    for urn in gone.spans:
        needed = {*state[urn].get("dependencies", []), state[urn].get("parent")} & set(gone.spans)
        assert gone.before({urn}, needed) == []


def test_a_node_pool_that_a_pod_holds_up_keeps_all_that_it_needs_until_the_next_try(
    full: Engine, journal: Journal
) -> None:
    full.run("up", "--yes", "--skip-preview")
    full.environment["ECHO_STUCK"] = "training-burst-node-pool"
    assert "timed out" in full.run("destroy", "--yes", "--skip-preview", fails=True)

    there = {r["urn"].rsplit("::", 1)[-1] for r in resources(full)}
    needed = (
        "training-burst-node-class",
        "training-karpenter",
        *full_environment.LATE_ADDONS,
        "training-cluster",
    )
    assert {*needed, *full_environment.WAYS_OUT, "network-vpc"} <= there
    assert not {*full_environment.JOBS, *full_environment.NAMESPACES} & there

    del full.environment["ECHO_STUCK"]
    full.run("destroy", "--yes", "--skip-preview")
    assert resources(full) == []


def test_a_protected_environment_is_refused_before_anything_is_gone(
    full: Engine, journal: Journal
) -> None:
    full.run("config", "set", "keep", "true")
    full.run("up", "--yes", "--skip-preview")
    journal.empty()
    assert "cannot be deleted" in full.run("destroy", "--yes", fails=True)
    assert journal.read("delete").names == []

    # Without a preview the engine finds out as it goes, and takes down what nothing
    # protected needs.
    full.run("destroy", "--yes", "--skip-preview", fails=True)
    kept = {r["urn"].rsplit("::", 1)[-1] for r in resources(full)}
    assert {
        "artifacts-bucket",
        *full_environment.NAMESPACES,
        "training-kueue",
        *full_environment.NODE_POOLS,
    } <= kept
    assert {
        *full_environment.LATE_ADDONS,
        *full_environment.WAYS_OUT,
        "training-cluster",
        "monitoring-namespace",
    } <= kept

    full.run("config", "set", "keep", "false")
    full.run("up", "--yes", "--skip-preview")
    full.run("destroy", "--yes", "--skip-preview")
    assert resources(full) == []
    assert {"monitoring-namespace", "artifacts-bucket", "files-file-system"} <= set(
        journal.read("delete").names
    )


def test_the_repositorys_environment_goes_in_order(
    engine: Callable[[str], Engine], journal: Journal
) -> None:
    made = engine("prod")
    journal.keep(made)
    made.run("config", "set", "deletionProtection", "false")
    made.run("up", "--yes", "--skip-preview")
    state = {r["urn"]: r for r in resources(made)}
    made.run("destroy", "--yes", "--skip-preview")

    gone = journal.read("delete")
    assert len(gone.spans) > 100
    inside = {urn for urn in gone.spans if state[urn]["type"].startswith("kubernetes:")}
    of_cluster = {urn for urn in gone.spans if state[urn]["type"].startswith("aws:eks/")} - gone.of(
        "::training-cluster"
    )
    groups = {urn for urn in of_cluster if state[urn]["type"] == "aws:eks/nodeGroup:NodeGroup"}
    assert gone.before(inside, gone.of("::training-system-nodes", "-csi-driver")) == []
    assert gone.before(groups, gone.of("::training-vpc-cni", "::training-kube-proxy")) == []
    assert gone.before(of_cluster | inside, gone.of("::training-cluster")) == []
    assert (
        gone.before(
            gone.of("::training-cluster"),
            gone.of("-internet-route", "::network-private-1", "::network-vpc"),
        )
        == []
    )


def test_delete_hooks_would_refuse_a_plain_destroy(engine: Callable[[str], Engine]) -> None:
    """Why nothing here waits by a hook: `destroy` would need the program, and so would
    an `up` that lets go of a cluster."""
    made = engine("dev")
    program = made.folder / "infra/__main__.py"
    program.write_text(HOOK)
    made.run("up", "--yes", "--skip-preview")
    assert "You must run with the `--run-program` flag" in made.run(
        "destroy", "--yes", "--skip-preview", fails=True
    )

    program.write_text("")
    assert 'hook "gone" was not registered' in made.run("up", "--yes", "--skip-preview", fails=True)
