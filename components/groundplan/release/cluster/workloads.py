"""The Kubernetes objects of an endpoint that a release changes, and how far their
rollouts are.

A release changes the annotations of the pods only, and the number of a candidate's
pods: the containers read the key of their model from an annotation. So the fields that
Pulumi ignores are whole maps and numbers. pulumi-kubernetes drops ignored fields that
another manager owns from what it applies (`handleSSAIgnoreFields`,
provider/pkg/await/await.go), but not those of lists, nor single keys with dots or
slashes in them: these would be conflicts of each `pulumi up`.

Each change has the version of the object that it was decided by: the API server refuses
it if somebody else has changed the object meanwhile.
"""

import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from groundplan.release.cluster.target import KSERVE, ClusterTarget
from groundplan.release.engine.errors import Busy, Refused

VERSION = "groundplan/model-version"
"""What serves: `<group>/<number>` of the registry. Read by Fluent Bit too."""
KEY = "groundplan/model-key"
"""The key of the model in the bucket."""
OBJECT_VERSION = "groundplan/model-object-version"
"""The S3 version of an archive."""
RELEASE = "groundplan/release"
"""Of a candidate's pods: another try with the same model is another rollout, which has
its own time to make progress."""
CONFLICT, FORBIDDEN = 409, 403
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments/{}"
SERVICES = "/apis/serving.kserve.io/v1beta1/namespaces/{}/inferenceservices/{}"


class Conflict(Busy):
    """Somebody else has changed the object since it was read; nothing was changed."""


class Api(Protocol):
    """The API of a cluster."""

    def get(self, path: str) -> dict[str, Any] | None: ...

    def patch(self, path: str, changes: Mapping[str, Any]) -> dict[str, Any]: ...


class Progress(str, Enum):
    """How far a rollout is."""

    DONE = "done"
    MOVING = "moving"
    STUCK = "stuck"


@dataclass(frozen=True)
class Model:
    """What pods serve."""

    version: str
    key: str
    object_version: str = ""
    """Empty for a folder."""

    @property
    def annotations(self) -> dict[str, str]:
        """Returns the annotations of its pods."""
        pinned = {OBJECT_VERSION: self.object_version} if self.object_version else {}
        return {VERSION: self.version, KEY: self.key, **pinned}

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> "Model":
        """Returns the model of a pod's annotations."""
        return cls(
            annotations.get(VERSION, ""),
            annotations.get(KEY, ""),
            annotations.get(OBJECT_VERSION, ""),
        )


@dataclass(frozen=True)
class Snapshot:
    """The pods of one track, as the API server returned their object."""

    path: str
    found: Mapping[str, Any]
    deployment: Mapping[str, Any] | None = None
    """The Deployment that KServe created for it."""

    @property
    def is_kserve(self) -> bool:
        return "predictor" in self.found["spec"]

    @property
    def model(self) -> Model:
        """What it serves, or will when its rollout has ended."""
        spec = self.found["spec"]
        if not self.is_kserve:
            return Model.of(spec["template"]["metadata"].get("annotations") or {})
        annotations = spec["predictor"].get("annotations") or {}
        key = str(spec["predictor"]["model"]["storageUri"]).split("/", 3)[3]
        return Model(annotations.get(VERSION, ""), key)

    @property
    def replicas(self) -> int:
        """The number of pods that it shall have."""
        found = self.found["spec"].get("replicas", 1)
        return int(found)

    @property
    def image(self) -> str:
        """The image of the server; empty for KServe, whose runtime has it."""
        if self.is_kserve:
            return ""
        containers = self.found["spec"]["template"]["spec"]["containers"]
        return next((str(c["image"]) for c in containers if c["name"] == "server"), "")

    def progress(self) -> tuple[Progress, str]:
        """Returns how far its rollout is, and why it is stuck."""
        if not self.is_kserve:
            return _progress(self.found)
        status = self.found.get("status", {})
        transition = status.get("modelStatus", {}).get("transitionStatus", "")
        if transition in ("BlockedByFailedLoad", "InvalidSpec"):
            return Progress.STUCK, f"KServe reports {transition}"
        if self.deployment is None:
            return Progress.MOVING, "KServe has created no Deployment yet"
        template = self.deployment["spec"]["template"]["metadata"].get("annotations") or {}
        if template.get(VERSION) != self.model.version:
            return Progress.MOVING, "KServe has not changed its Deployment yet"
        return _progress(self.deployment)


class Workloads:
    """The objects of one endpoint."""

    def __init__(self, api: Api, target: ClusterTarget) -> None:
        self._api, self._target = api, target

    def stable(self) -> Snapshot:
        """Returns the pods that serve. Raises `Refused` if they are gone."""
        target = self._target
        if target.engine == KSERVE:
            path = SERVICES.format(target.namespace, target.endpoint)
            own = DEPLOYMENTS.format(target.namespace, target.deployment)
            return Snapshot(path, self._found(path), self._api.get(own))
        path = DEPLOYMENTS.format(target.namespace, target.deployment)
        return Snapshot(path, self._found(path))

    def canary(self) -> Snapshot | None:
        """Returns the pods of a candidate; None where releases have none."""
        if not self._target.has_canary:
            return None
        target = self._target
        path = DEPLOYMENTS.format(target.namespace, f"{target.deployment}-canary")
        return Snapshot(path, self._found(path))

    def change(
        self, pods: Snapshot, model: Model, replicas: int | None = None, release: str = ""
    ) -> bool:
        """Has pods serve a model. Returns whether that changes anything. Raises
        `Conflict`."""
        if pods.model == model and replicas in (None, pods.replicas):
            return False
        changes: dict[str, Any] = {"metadata": _version(pods)}
        if pods.is_kserve:
            uri = f"s3://{self._target.bucket}/{model.key}"
            annotations = {VERSION: model.version}
            changes["spec"] = {
                "predictor": {"annotations": annotations, "model": {"storageUri": uri}}
            }
        else:
            annotations = {**model.annotations, **({RELEASE: release} if release else {})}
            changes["spec"] = {"template": {"metadata": {"annotations": annotations}}}
        if replicas is not None:
            changes["spec"]["replicas"] = replicas
        self._patch(pods, changes)
        return True

    def scale(self, pods: Snapshot, replicas: int) -> bool:
        """Sets the number of pods. Returns whether that changes anything."""
        if pods.replicas == replicas:
            return False
        self._patch(pods, {"metadata": _version(pods), "spec": {"replicas": replicas}})
        return True

    def _patch(self, pods: Snapshot, changes: Mapping[str, Any]) -> None:
        try:
            self._api.patch(pods.path, changes)
        except urllib.error.HTTPError as error:
            if error.code == CONFLICT:
                raise Conflict(f"{pods.path} was changed by somebody else meanwhile") from error
            if error.code == FORBIDDEN:
                raise Refused(
                    f"The API server does not allow to change {pods.path}. Fix: bind the Role "
                    f"{self._target.role} of {self._target.namespace} to the driver's service "
                    "account"
                ) from error
            raise

    def _found(self, path: str) -> Mapping[str, Any]:
        found = self._api.get(path)
        if found is None:
            raise Refused(f"There is no {path}. Fix: `pulumi up` creates the endpoint")
        return found


def _version(pods: Snapshot) -> dict[str, str]:
    return {"resourceVersion": str(pods.found["metadata"]["resourceVersion"])}


def _progress(deployment: Mapping[str, Any]) -> tuple[Progress, str]:
    """Returns how far the rollout of a Deployment is, as `kubectl rollout status` has
    it."""
    status, wanted = deployment.get("status", {}), int(deployment["spec"].get("replicas", 1))
    if int(status.get("observedGeneration", 0)) < int(deployment["metadata"]["generation"]):
        return Progress.MOVING, "the rollout begins"
    for condition in status.get("conditions", ()):
        if condition["type"] == "Progressing" and condition["status"] == "False":
            reason, message = condition.get("reason", ""), condition.get("message", "")
            return Progress.STUCK, f"{reason}: {message}"
    updated, total = int(status.get("updatedReplicas", 0)), int(status.get("replicas", 0))
    ready = int(status.get("availableReplicas", 0))
    if updated < wanted or total > updated or ready < updated:
        return Progress.MOVING, f"{min(updated, ready)} of {wanted} pods serve the new model"
    return Progress.DONE, ""
