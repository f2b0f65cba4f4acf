"""Which parts of the environment own which folders of the artifact bucket.

A folder that a setting names is not equal to, nor above, one that others write to: its
files would be theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import wiring
from groundplan.arguments import with_defaults
from groundplan.cost_guard.component.args import CostGuardArgs
from groundplan.model_monitoring.component.args import ModelMonitoringArgs
from groundplan.model_monitoring.kubernetes.args import KubernetesModelMonitoringArgs
from groundplan.problems import Problem
from groundplan.registry.experiment_tracking.args import ExperimentTrackingArgs
from groundplan.release.cluster.target import REGISTRY, TRAIL
from groundplan.release.component.args import ReleaseRuntimeArgs
from groundplan.retraining.component.args import RetrainingPipelineArgs
from groundplan.retraining.kubernetes.args import KubernetesRetrainingArgs
from groundplan.serving.kubernetes_endpoint.capture_args import KubernetesCaptureArgs
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.inference_args import AsynchronousArgs, CaptureArgs
from groundplan.storage.prefixes import prefix_problems
from groundplan.training import namespace_folders
from groundplan.training.namespace_folders import TEAMS, prefix
from groundplan.utilization_report.args import UtilizationReportArgs
from settings import Settings

TEAMLESS = prefix(namespace_folders.TEAMLESS)
GUARD = "costs.journal_prefix"
AUDIT = "releases.audit_prefix"
JOURNALS = "journals of retraining"
REGISTRIES = "versions and releases of services"

ALWAYS = {
    TEAMS: "the teams",
    TEAMLESS: "jobs without a team",
    "datasets/": "the datasets",
    "models/": "the models",
    "checkpoints/": "training jobs",
    "runs/": "training runs",
}
"""Folders of every environment -> what writes there (`team_access`, `TrainingJob`)."""


PIPELINES = ("pipelines/", "quality/", "quarantine/")
"""Folders of pipelines: scripts and temporary objects, results of checks, and what did
not pass."""


@dataclass(frozen=True)
class _Claim:
    """A folder that the settings name, or leave at its default."""

    key: str
    folder: str
    owner: str
    is_set: bool
    """Whether the settings name it."""
    writes: bool = True
    shared: bool = False
    """Whether all of this owner write below it, each into its own folder."""


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of folders that belong to something else."""
    claims = [claim for claim in _claims(settings) if not prefix_problems("", claim.folder)]
    for claim in claims:
        taken = _owned(claim, claims)
        inside = (folder for folder in _private(claim, claims) if claim.folder.startswith(folder))
        above = (folder for folder in taken if folder.startswith(claim.folder))
        found = next(chain(inside, above), None)
        if found and claim.is_set:
            what = "a folder of its own" if claim.writes else "a folder with evaluations only"
            allowed = f"{what}: {found} belongs to {taken[found]}"
            yield Problem(claim.key, claim.folder, allowed, "name another folder")
    yield from _expired(settings, claims)


def _expired(settings: Settings, claims: Sequence[_Claim]) -> Iterator[Problem]:
    """A release that is recorded no more cannot be rolled back to, and a run of
    retraining counts no more."""
    kept: dict[str, str] = {}
    if wiring.releases.released(settings):
        kept |= {c.folder: "releases are recorded for rollbacks" for c in claims if c.key == AUDIT}
    kept |= {c.folder: "versions are kept" for c in claims if c.owner == REGISTRIES}
    kept |= {c.folder: "runs are recorded for budgets" for c in claims if c.owner == JOURNALS}
    kept |= {c.folder: "the month's hours are counted" for c in claims if c.key == GUARD}
    expire = settings.get("artifacts", {}).get("lifecycle", {}).get("expire", {})
    for folder, days in expire.items():
        for records, why in kept.items():
            if folder and (records.startswith(folder) or folder.startswith(records)):
                allowed = f"a folder other than {records}, where {why}"
                yield Problem(f"artifacts.lifecycle.expire.{folder}", days, allowed, "remove it")
                break


def _owned(claim: _Claim, claims: Sequence[_Claim]) -> Mapping[str, str]:
    """Returns the folders of others -> their owners."""
    owned = dict(ALWAYS)
    if not claim.writes:
        # Evaluations are read where training runs record them.
        del owned["runs/"]
    for other in claims:
        together = claim.shared and other.owner == claim.owner
        if other.writes and other is not claim and not together:
            owned.setdefault(other.folder, other.owner)
    return owned


def _private(claim: _Claim, claims: Sequence[_Claim]) -> list[str]:
    """Returns the folders in which nobody else may have one: a team would write what
    another part reads, or the reverse."""
    if not claim.writes:
        return []
    return [TEAMS, TEAMLESS, *(c.folder for c in claims if c.key == AUDIT and c is not claim)]


def _claims(settings: Settings) -> Iterator[_Claim]:
    tracking = settings.get("tracking")
    if tracking is not None:
        folder = with_defaults(ExperimentTrackingArgs, tracking)["artifact_prefix"]
        if folder:  # else the component reports it
            is_set = "artifact_prefix" in tracking
            yield _Claim("tracking.artifact_prefix", folder, "MLflow", is_set)
    yield from _of_releases(settings)
    if "utilization" in settings:
        report = settings["utilization"]
        folder = with_defaults(UtilizationReportArgs, report)["report_prefix"]
        if folder:  # else the component reports it
            is_set = "report_prefix" in report
            yield _Claim("utilization.report_prefix", folder, "reports on utilization", is_set)
    yield from _of_guard(settings)
    for name, endpoint in settings.get("endpoints", {}).items():
        yield from _of_endpoint(f"endpoints.{name}", endpoint)
    for name, monitoring in settings.get("model_monitoring", {}).items():
        folder = with_defaults(ModelMonitoringArgs, monitoring)["result_prefix"]
        if folder:  # else the component reports it
            key = f"model_monitoring.{name}.result_prefix"
            is_set = "result_prefix" in monitoring
            yield _Claim(key, folder, "results of checks", is_set, shared=True)
    yield from _of_services(settings)
    yield from _of_queue(settings)
    yield from _of_registry(settings)
    for name in settings.get("pipelines", {}):
        for folder in PIPELINES:
            key = f"pipelines.{name}"
            yield _Claim(key, folder, "pipelines", is_set=False, shared=True)
    for name, pipeline in settings.get("retraining", {}).items():
        folder = with_defaults(RetrainingPipelineArgs, pipeline)["prefix"]
        if folder:  # else the component reports it
            key = f"retraining.{name}.prefix"
            yield _Claim(key, folder, JOURNALS, "prefix" in pipeline, shared=True)


def _of_guard(settings: Settings) -> Iterator[_Claim]:
    if "costs" in settings:
        guard = settings["costs"]
        folder = with_defaults(CostGuardArgs, guard)["journal_prefix"]
        if folder:  # else the component reports it
            is_set = "journal_prefix" in guard
            yield _Claim(GUARD, folder, "the journal of the cost guard", is_set)


def _of_services(settings: Settings) -> Iterator[_Claim]:
    """Yields what services capture, and the results of their checks, unless they are in
    another bucket."""
    for name, service in settings.get("services", {}).items():
        capture = service.get("capture")
        if capture is None or "object_store" in capture:
            continue
        folder = with_defaults(KubernetesCaptureArgs, capture)["prefix"]
        key = f"services.{name}.capture.prefix"
        yield _Claim(key, folder, "captured requests", "prefix" in capture, shared=True)
        monitoring = settings.get("service_monitoring", {}).get(name)
        if monitoring is not None:
            folder = with_defaults(KubernetesModelMonitoringArgs, monitoring)["result_prefix"]
            key = f"service_monitoring.{name}.result_prefix"
            is_set = "result_prefix" in monitoring
            yield _Claim(key, folder, "results of checks", is_set, shared=True)


def _of_queue(settings: Settings) -> Iterator[_Claim]:
    for name, own in settings.get("queue_retraining", {}).items():
        folder = with_defaults(KubernetesRetrainingArgs, own)["prefix"]
        if folder:  # else the component reports it
            key = f"queue_retraining.{name}.prefix"
            yield _Claim(key, folder, JOURNALS, "prefix" in own, shared=True)


def _of_registry(settings: Settings) -> Iterator[_Claim]:
    for name in wiring.serving.released(settings):
        for folder in (REGISTRY, TRAIL):
            key = f"services.{name}.release"
            yield _Claim(key, folder, REGISTRIES, is_set=False, shared=True)


def _of_releases(settings: Settings) -> Iterator[_Claim]:
    releases = settings.get("releases", {})
    folder = with_defaults(ReleaseRuntimeArgs, releases)["audit_prefix"]
    if folder:  # else the component reports it
        yield _Claim(AUDIT, folder, "releases", "audit_prefix" in releases)
    for index, folder in enumerate(releases.get("evaluation_prefixes", ())):
        key = f"releases.evaluation_prefixes[{index}]"
        yield _Claim(key, folder, "evaluations", is_set=True, writes=False)


def _of_endpoint(at: str, endpoint: ModelEndpointArgs) -> Iterator[_Claim]:
    capture = endpoint.get("capture", {})
    folder = with_defaults(CaptureArgs, capture)["prefix"]
    is_set, owner = "prefix" in capture, "captured requests"
    yield _Claim(f"{at}.capture.prefix", folder, owner, is_set, shared=True)
    queue = endpoint.get("asynchronous")
    if queue is None:
        return
    own = with_defaults(AsynchronousArgs, queue)
    for key, owner in (("input_prefix", "requests"), ("output_prefix", "responses")):
        at_key = f"{at}.asynchronous.{key}"
        yield _Claim(at_key, own[key], f"asynchronous {owner}", key in queue, shared=True)
