"""The driver of the plan's CronJob: the library's own, with its settings, its service
account, its role, and the Prometheus that its settings name."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.cluster.target import ClusterTarget
from groundplan.retraining.engine.cluster import connection
from groundplan.retraining.engine.cluster import driver as product
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.settings import RetrainingSettings

from rehearsal.account.account import Account
from rehearsal.account.names import Names
from rehearsal.cluster.scraping import kinds
from rehearsal.expectations import Unexpected
from rehearsal.permissions.guard import Principal, acting

PODS = "pods.eks.amazonaws.com"
"""Who assumes the roles of pods (EKS User Guide, "EKS Pod Identity")."""
EVERY = re.compile(r"\*/(\d+) \* \* \* \*")


@dataclass(frozen=True)
class Driver:
    """One driver."""

    account: Account
    settings: RetrainingSettings
    principal: Principal
    namespace: str
    service_account: str
    seconds: float
    """Between two looks, by the plan's schedule."""
    results: str

    @classmethod
    def of(cls, manifest: Manifest, account: Account) -> "Driver":
        """Returns the driver of a plan."""
        found = [r for r in kinds(manifest, "CronJob") if _container(r)["name"] == "driver"]
        if len(found) != 1:
            raise Unexpected(f"The plan has {len(found)} drivers")
        (job,) = found
        names, metadata = account.names, job.inputs["metadata"]
        pod = job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        space, user = metadata["namespace"], pod["serviceAccountName"]
        schedule = EVERY.fullmatch(job.inputs["spec"]["schedule"])
        if schedule is None:
            raise Unexpected(f"The schedule {job.inputs['spec']['schedule']} is not rehearsed")
        return cls(
            account,
            RetrainingSettings.read(_settings(manifest, names, space, pod)),
            identity(manifest, account, space, user),
            space,
            user,
            60.0 * int(schedule[1]),
            _variables(job).get(product.RESULTS, ""),
        )

    @property
    def target(self) -> ClusterTarget:
        """The endpoint that it releases to."""
        return connection.target(self.settings)

    def releases(self, api: Cluster, alerts: Alerts) -> ClusterReleases:
        """Returns its releases."""
        return connection.connect(self.settings, api, None, alerts)[1]

    def look(self, api: Cluster, fetch: Callable[[str], bytes], factor: float) -> None:
        """Takes the steps that can be taken now, as the CronJob's pod does."""
        alerts = Alerts(self.target, fetch, lambda seconds: time.sleep(seconds / factor))
        with acting(self.principal):
            services, releases = connection.connect(self.settings, api, None, alerts)
            services = product.on_cluster(services, api, self.settings)
            pipeline = Pipeline(self.settings, services)
            product.advance(pipeline, services.s3, self.settings, self.results, releases)


def identity(manifest: Manifest, account: Account, namespace: str, user: str) -> Principal:
    """Returns the role of a service account's pods, by the plan's associations."""
    for resource in manifest:
        inputs = resource.inputs
        if (
            resource.type == "aws:eks/podIdentityAssociation:PodIdentityAssociation"
            and inputs["namespace"] == namespace
            and account.names.value(inputs["serviceAccount"]) == user
        ):
            return account.guard.require_assumed(account.names.value(inputs["roleArn"]), PODS)
    raise Unexpected(f"No role is associated with {namespace}/{user}")


def _container(job: Resource) -> Mapping[str, Any]:
    found: Mapping[str, Any] = job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"][
        "containers"
    ][0]
    return found


def _variables(job: Resource) -> Mapping[str, str]:
    return {one["name"]: one.get("value", "") for one in _container(job)["env"]}


def _settings(manifest: Manifest, names: Names, space: str, pod: Mapping[str, Any]) -> str:
    """Returns the file of the ConfigMap that the pod mounts."""
    (volume,) = [one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one]
    for each in kinds(manifest, "ConfigMap"):
        metadata = each.inputs["metadata"]
        if (metadata["namespace"], metadata["name"]) == (space, volume):
            (text,) = names.value(each.inputs["data"]).values()
            json.loads(text)
            return str(text)
    raise Unexpected(f"The plan has no ConfigMap {space}/{volume}")
