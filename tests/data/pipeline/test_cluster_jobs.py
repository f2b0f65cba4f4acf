"""The Kubernetes objects of a run's jobs, and where the API server says that they
are."""

import io
import urllib.error
from dataclasses import replace
from email.message import Message
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from groundplan.data.pipeline.engine.cluster import jobs, manifests
from groundplan.kubernetes import job_phases
from groundplan.kubernetes.job_phases import JobPhase
from pipeline_cluster import SETTINGS, checked

BEGUN = {"run": "261128120000-1", "inputs": "pipelines/etl/runs/1/i.gz", "parents": {}}
ON_RAY = replace(SETTINGS, engine="ray", ray_version="2.60.0", ray_nodes=3)


@pytest.mark.parametrize("role", ["script", "check"])
def test_a_job_is_queued_limited_and_restricted(role: str) -> None:
    job = getattr(manifests, role)(checked(), BEGUN)
    kubernetes_validate.validate(job, "1.35", strict=True)
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "churn"
    spec = job["spec"]
    assert (spec["suspend"], spec["activeDeadlineSeconds"]) == (True, 3600)
    assert spec["backoffLimitPerIndex"] == 1
    pod = spec["template"]["spec"]
    assert pod["serviceAccountName"] == ("etl-job" if role == "script" else "etl-check")
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"] == {"memory": "4Gi"}
    assert container["resources"]["requests"]["ephemeral-storage"] == "10G"
    labels = spec["template"]["metadata"]["labels"]
    assert labels == manifests.labels("etl", role)


def test_the_longest_name_of_a_job_is_a_host_name() -> None:
    common = replace(SETTINGS.pipeline, pipeline="p" * 35)
    settings = replace(checked(), pipeline=common)
    name = manifests.name_of(settings, "261128120000-999999", manifests.CHECK)
    assert len(f"{name}-0") <= 63


def test_on_ray_the_same_pods_are_a_head_and_workers() -> None:
    settings = replace(ON_RAY, job=replace(SETTINGS.job, arguments={"note": "a $b"}))
    found = manifests.script(settings, BEGUN)
    assert found["kind"] == "RayJob"
    spec = found["spec"]
    assert (spec["suspend"], spec["shutdownAfterJobFinishes"]) == (True, True)
    assert spec["activeDeadlineSeconds"] == 3600
    assert spec["backoffLimit"] == 1
    assert spec["entrypoint"].startswith("python -m groundplan.data.pipeline.job.runner")
    assert spec["entrypoint"].endswith("--note 'a $b'")
    cluster = spec["rayClusterSpec"]
    head, (workers,) = cluster["headGroupSpec"]["template"], cluster["workerGroupSpecs"]
    assert workers["replicas"] == 3
    assert head == workers["template"]
    (container,) = head["spec"]["containers"]
    assert "command" not in container
    assert head["spec"]["securityContext"]["runAsNonRoot"] is True
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": head["spec"]}
    kubernetes_validate.validate(pod, "1.35", strict=True)


class Refusing:
    """An API server that answers with an error."""

    def __init__(self, code: int) -> None:
        self._code = code

    def create(self, path: str, _manifest: Any) -> bool:
        text = io.BytesIO(b'{"message": "exceeded quota"}')
        raise urllib.error.HTTPError(path, self._code, "no", Message(), text)


@pytest.mark.parametrize("code", [403, 422])
def test_a_job_that_the_api_server_refuses_says_why(code: int) -> None:
    cluster: Any = Refusing(code)
    with pytest.raises(jobs.JobRefused, match="exceeded quota"):
        jobs.start(cluster, manifests.script(SETTINGS, BEGUN))


def test_an_api_server_that_is_away_is_asked_again_by_the_next_look() -> None:
    cluster: Any = Refusing(503)
    with pytest.raises(urllib.error.HTTPError):
        jobs.start(cluster, manifests.script(SETTINGS, BEGUN))


TIMES = {"startTime": "2026-11-28T12:00:00Z", "completionTime": "2026-11-28T12:30:00Z"}


def condition(kind: str, **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": "True", **more}]}


@pytest.mark.parametrize(
    ("found", "phase", "hours"),
    [
        (None, JobPhase.ABSENT, None),
        ({"spec": {"suspend": True}}, JobPhase.WAITING, None),
        ({"spec": {"suspend": False}, "status": {"active": 1}}, JobPhase.RUNNING, None),
        ({"status": {**TIMES, **condition("Complete")}}, JobPhase.SUCCEEDED, 0.5),
        ({"status": condition("Complete")}, JobPhase.SUCCEEDED, None),
        (
            {
                "status": {
                    "startTime": TIMES["startTime"],
                    **condition("Failed", lastTransitionTime="2026-11-28T13:00:00Z"),
                }
            },
            JobPhase.FAILED,
            1.0,
        ),
    ],
)
def test_where_a_job_is(found: Any, phase: JobPhase, hours: float | None) -> None:
    observed = job_phases.of_job(found)
    assert (observed.phase, observed.hours) == (phase, hours)


@pytest.mark.parametrize(
    ("found", "phase"),
    [
        (None, JobPhase.ABSENT),
        ({"spec": {"suspend": True}}, JobPhase.WAITING),
        ({"spec": {}, "status": {"jobStatus": "RUNNING"}}, JobPhase.RUNNING),
        ({"status": {"jobStatus": "SUCCEEDED"}}, JobPhase.SUCCEEDED),
        ({"status": {"jobStatus": "FAILED", "message": "boom"}}, JobPhase.FAILED),
        ({"status": {"jobDeploymentStatus": "Failed"}}, JobPhase.FAILED),
    ],
)
def test_where_a_ray_job_is(found: Any, phase: JobPhase) -> None:
    assert job_phases.of_ray_job(found).phase is phase
