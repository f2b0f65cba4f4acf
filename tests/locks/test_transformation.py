"""A program of one's own applies its lock."""

import pathlib
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.locks import file, references, transformation
from groundplan.locks.image_reference import parsed
from groundplan.locks.model import Entry, Kind, Lock, Reference
from groundplan.testing import Plan, deploy

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE, CHART = "docker.io/kserve/agent:v0.20.0", "oci://public.ecr.aws/karpenter/karpenter"
RELEASE = "1.36.1-20260903"


def entry(kind: Kind, name: str, resolved: str) -> Entry:
    return Entry(Reference(kind, name), resolved, "a registry", "2026-11-28")


LOCK = Lock.of(
    [
        entry(Kind.IMAGE, IMAGE, f"{IMAGE}@{DIGEST}"),
        entry(Kind.CHART, f"{CHART}:1.14.1", DIGEST),
        entry(Kind.NODE_IMAGE, "1.36/AL2023_x86_64_STANDARD", RELEASE),
    ]
)


def program() -> None:
    spec: Any = {"containers": [{"name": "agent", "image": IMAGE}]}
    kubernetes.core.v1.Pod("pod", spec=spec)
    kubernetes.core.v1.Pod(
        "typed",
        spec=kubernetes.core.v1.PodSpecArgs(
            containers=[kubernetes.core.v1.ContainerArgs(name="agent", image=IMAGE)]
        ),
    )
    kubernetes.helm.v3.Release("karpenter", chart=CHART, version="1.14.1")
    aws.eks.NodeGroup(
        "nodes",
        cluster_name="main",
        version="1.36",
        ami_type="AL2023_x86_64_STANDARD",
        node_role_arn="arn:aws:iam::123456789012:role/nodes",
        subnet_ids=["subnet-1"],
        scaling_config={"min_size": 1, "max_size": 1, "desired_size": 1},
    )


@pytest.fixture(scope="module")
def locked() -> Plan:
    def run() -> None:
        transformation.apply(LOCK)
        program()

    return deploy(run)


def test_all_that_moves_is_replaced(locked: Plan) -> None:
    for name in ("pod", "typed"):
        spec = locked.one("kubernetes:core/v1:Pod", name).inputs["spec"]
        assert spec["containers"][0]["image"] == f"{IMAGE}@{DIGEST}"
    assert locked.one("kubernetes:helm.sh/v3:Release").inputs["chart"] == f"{CHART}@{DIGEST}"
    assert locked.one("aws:eks/nodeGroup:NodeGroup").inputs["releaseVersion"] == RELEASE
    assert references.unapplied(locked.manifest, LOCK) == frozenset()


def test_without_it_everything_is_reported_as_not_applied() -> None:
    plain = deploy(program)
    assert references.unapplied(plain.manifest, LOCK) == {e.reference for e in LOCK}


def test_the_file_of_the_stack_is_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[Any] = []
    monkeypatch.setattr(transformation, "apply", applied.append)
    monkeypatch.setattr(pulumi.runtime, "get_root_directory", lambda: str(tmp_path))
    found: list[Lock] = []
    deploy(lambda: found.append(transformation.lock_stack()), stack="prod")
    (tmp_path / "lock.prod.yaml").write_text(file.text_of(LOCK, "prod"))
    deploy(lambda: found.append(transformation.lock_stack()), stack="prod")
    assert (found, applied) == ([Lock(), LOCK], [LOCK])


def test_the_digest_of_an_image_is_looked_up_by_its_name() -> None:
    image = parsed(LOCK.resolved("image")[IMAGE])
    assert image is not None
    assert image.digest == DIGEST
