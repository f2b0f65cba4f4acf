"""The real engine upgrades Kubernetes in order and replaces nothing."""

import itertools
import pathlib
import shutil
from collections.abc import Callable

import full_environment
import pytest
from groundplan.training import versions
from journal import Journal
from real_engine import Engine

OLD, NEW = list(versions.KUBERNETES)[-2:]


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path / "journal")


def test_a_full_environment_is_upgraded_in_order_and_in_place(
    engine: Callable[[str], Engine], journal: Journal
) -> None:
    dev = engine("dev")
    shutil.copy(pathlib.Path(full_environment.__file__), dev.folder / "infra")
    program = dev.folder / "infra/__main__.py"
    program.write_text(
        f"import full_environment\n\nfull_environment.build(kubernetes_version={OLD!r})\n"
    )
    dev.run("up", "--yes", "--skip-preview")
    program.write_text(
        f"import full_environment\n\nfull_environment.build(kubernetes_version={NEW!r})\n"
    )
    journal.attach(dev)
    dev.run("up", "--yes", "--skip-preview")

    updated = journal.read("update")
    assert set(updated.names) == {name for step in full_environment.UPGRADED for name in step}
    steps = [updated.of(*(f"::{name}" for name in step)) for step in full_environment.UPGRADED]
    assert [updated.before(first, then) for first, then in itertools.pairwise(steps)] == [[]] * (
        len(steps) - 1
    )
    assert not journal.read("create").names
    assert not journal.read("delete").names
    assert set(dev.json("preview")["changeSummary"]) == {"same"}


def test_the_repositorys_environment_is_upgraded_by_one_line_of_its_settings(
    engine: Callable[[str], Engine], journal: Journal
) -> None:
    dev = engine("dev")
    version = (
        "config",
        "set",
        "--path",
        "groundplan:training.kubernetesVersion",
        "--type",
        "string",
    )
    dev.run(*version, OLD)
    dev.run("up", "--yes", "--skip-preview")
    dev.run(*version, NEW)
    journal.attach(dev)
    dev.run("up", "--yes", "--skip-preview")

    updated = journal.read("update")
    control_plane, proxy, nodes = (
        updated.of("::training-cluster"),
        updated.of("-kube-proxy"),
        updated.of("::training-gpu-nodes"),
    )
    assert updated.before(control_plane, proxy | nodes) == []
    assert updated.before(proxy, nodes) == []
    assert not journal.read("create").names
    assert not journal.read("delete").names
