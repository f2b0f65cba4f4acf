"""An environment with a lock: nothing that it deploys moves."""

import json
import pathlib
from functools import cache
from typing import Any

import configuration
import locked
import pytest
import registration
from environments import copy_project
from groundplan.locks import charts, references
from groundplan.locks.file import text_of
from groundplan.locks.image_reference import parsed
from groundplan.locks.model import Entry, Kind, Lock, Reference
from groundplan.manifest.run import Request, preview
from groundplan.testing import Plan, deploy

pytestmark = pytest.mark.usefixtures("forked")

RELEASE = "1.36.1-20260903"
DIGEST = "sha256:" + "0123456789abcdef" * 4
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
SECTIONS: dict[str, Any] = {
    "training": {
        "administrators": ["arn:aws:iam::123456789012:role/ml"],
        "pools": {
            "cpu": {
                "instanceType": "m6i.xlarge",
                "maxSize": 2,
                "provisioner": "karpenter",
                "prefetch": ["public.ecr.aws/docker/library/python:3.12"],
            },
            "managed": {"instanceType": "m6i.xlarge", "maxSize": 2},
        },
    },
    "endpoints": {
        "churn": {
            "image": f"{REGISTRY}/churn:1",
            "modelData": "models/churn/1/model.tar.gz",
            "instanceType": "ml.m5.large",
        }
    },
    "services": {
        "ranking": {
            "image": f"{REGISTRY}/ranking:1",
            "capture": {"image": f"{REGISTRY}/monitoring:1"},
        }
    },
    "serviceMonitoring": {
        "ranking": {"image": f"{REGISTRY}/monitoring:1", "baselineKey": "baselines/r.json"}
    },
    "monitoring": {"runbooksUrl": "https://example.com/runbooks"},
}


def registered(lock: Lock | None) -> Plan:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in SECTIONS.items()}
    values["aws:region"] = "us-east-1"
    environment = configuration.describe("groundplan", "test", values, (), lock)
    return deploy(lambda: registration.register(environment, lock), region="us-east-1")


@cache
def unlocked() -> Plan:
    return registered(None)


@cache
def lock() -> Lock:
    found = references.of(unlocked().manifest, Lock())
    return Lock.of(_entry(reference) for reference in found)


def _entry(reference: Any) -> Entry:
    if reference.kind is Kind.NODE_IMAGE:
        return Entry(reference, RELEASE, "ssm", "2026-11-28")
    if reference.kind is Kind.ADDON:
        return Entry(reference, reference.version, "the program", "2026-11-28")
    if reference.kind is Kind.CHART:
        return Entry(reference, DIGEST, "a repository", "2026-11-28")
    image = parsed(reference.name)
    assert image is not None
    return Entry(reference, image.pinned(DIGEST), "a registry", "2026-11-28")


@cache
def with_lock() -> Plan:
    return registered(lock())


def test_the_references_of_settings_and_of_components_move() -> None:
    names = {
        reference.name.rpartition("/")[2]
        for reference in references.of(unlocked().manifest, Lock())
    }
    assert {"churn:1", "ranking:1", "monitoring:1", "python:3.12", "agent:v0.20.0"} <= names


def test_with_a_lock_no_image_moves() -> None:
    found = references.of(with_lock().manifest, Lock())
    assert {reference.kind for reference in found} == {Kind.ADDON, Kind.CHART}


def oci_charts(plan: Plan) -> dict[str, str]:
    return {
        release.name: release.inputs["chart"]
        for release in plan.all(charts.RELEASES[0]).values()
        if release.inputs["chart"].startswith("oci://")
    }


def test_with_a_lock_charts_in_registries_have_digests() -> None:
    pinned = oci_charts(with_lock())
    assert len(pinned) >= 3
    for name, chart in oci_charts(unlocked()).items():
        assert pinned[name] == (chart if "@" in chart else f"{chart}@{DIGEST}")
    assert any("@" not in chart for chart in oci_charts(unlocked()).values())


def test_a_locked_manifest_has_the_references_of_its_lock() -> None:
    assert list(references.of(with_lock().manifest, lock())) == [e.reference for e in lock()]


def test_an_endpoint_runs_the_digest_alone() -> None:
    [model] = with_lock().all("aws:sagemaker/model:Model").values()
    assert model.inputs["primaryContainer"]["image"] == f"{REGISTRY}/churn@{DIGEST}"


def test_each_managed_node_group_has_its_release() -> None:
    groups = with_lock().all("aws:eks/nodeGroup:NodeGroup").values()
    assert len(groups) == 2
    assert {group.inputs["releaseVersion"] for group in groups} == {RELEASE}
    for group in unlocked().all("aws:eks/nodeGroup:NodeGroup").values():
        assert "releaseVersion" not in group.inputs


def test_only_pools_that_the_lock_is_about_have_a_release() -> None:
    gpu = {"instance_type": "g5.xlarge", "max_size": 1}
    own = {"instance_type": "m6i.xlarge", "max_size": 1, "release_version": "1.36.0-20260801"}
    pools: Any = {
        "gpu": gpu,
        "own": own,
        "cpu": {"instance_type": "m6i.xlarge", "max_size": 1},
        "arm": {"instance_type": "m7g.xlarge", "max_size": 1},
        "karpenter": {"instance_type": "m6i.xlarge", "max_size": 1, "provisioner": "karpenter"},
        "bottlerocket": {"instance_type": "m6i.xlarge", "max_size": 1, "image": "bottlerocket"},
        "misspelt": {"instance_type": "m6i.xlargo", "max_size": 1},
    }
    standard = Reference(Kind.NODE_IMAGE, "1.36/AL2023_x86_64_STANDARD")
    lock = Lock.of([Entry(standard, RELEASE, "ssm", "2026-11-28")])
    written: Any = {"training": {"administrators": [], "pools": pools}}
    found: Any = locked.settings(written, lock)
    releases = {name: p.get("release_version") for name, p in found["training"]["pools"].items()}
    assert releases == {**dict.fromkeys(pools), "own": "1.36.0-20260801", "cpu": RELEASE}
    assert found["training"]["system_pool"] == {"release_version": RELEASE}
    older: Any = {"training": {"administrators": [], "pools": pools, "kubernetes_version": "1.35"}}
    assert locked.settings(older, lock) == older


def test_nothing_but_images_differs() -> None:
    plain, pinned = unlocked().manifest, with_lock().manifest
    assert [r.urn for r in plain] == [r.urn for r in pinned]


def test_the_program_reads_the_file_beside_pulumi_yaml(tmp_path: pathlib.Path) -> None:
    copy_project(tmp_path)
    request = Request(tmp_path, "local")
    file = tmp_path / "lock.local.yaml"
    file.write_text("format: 3\nentries: []\n")
    refused = preview(request)
    assert refused.message.startswith("lock.local.yaml:1: format is 3. Allowed: 1. Fix: restore it")
    kueue = Reference(Kind.CHART, "oci://registry.k8s.io/kueue/charts/kueue:0.19.2")
    file.write_text(
        text_of(Lock.of([Entry(kueue, DIGEST, "registry.k8s.io", "2026-11-28")]), "local")
    )
    result = preview(request)
    assert result.message == ""
    assert result.manifest is not None
    assert result.manifest.locked


def test_a_bad_lock_file_is_an_error_of_the_program(tmp_path: Any) -> None:
    (tmp_path / "lock.prod.yaml").write_text("format: 3\nentries: []\n")
    with pytest.raises(ValueError, match=r"lock\.prod\.yaml:1: format is 3"):
        locked.of_stack(str(tmp_path), "prod")
    assert not locked.of_stack(str(tmp_path), "dev")


def test_another_kubernetes_takes_no_release_of_the_former() -> None:
    pool = {"instance_type": "m6i.xlarge", "max_size": 1}
    written: Any = {"training": {"administrators": [], "pools": {"cpu": pool}}}
    standard = Reference(Kind.NODE_IMAGE, "1.35/AL2023_x86_64_STANDARD")
    lock = Lock.of([Entry(standard, "1.35.4-20260903", "ssm", "2026-11-28")])
    assert locked.settings(written, lock) == written
    written["training"]["kubernetes_version"] = "1.35"
    found: Any = locked.settings(written, lock)
    assert found["training"]["pools"]["cpu"]["release_version"] == "1.35.4-20260903"
