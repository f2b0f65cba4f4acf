"""The endpoint that releases go to, as a `KubernetesEndpoint` exports it."""

from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from groundplan import s3_uris
from groundplan.problems import MISSING, Problem, report, unknown_key
from groundplan.release.engine import gate_spec
from groundplan.release.engine.errors import Refused

KIND = "kubernetes"
"""The `kind` of such a target; others are SageMaker's."""
REGISTRY, TRAIL = "registry/", "cluster-releases/"
"""Folders of the bucket: versions, and the records of releases. The latter is not that
of SageMaker's endpoints, which may have the same name."""
KSERVE = "kserve"
ARCHIVE = ".tar.gz"


@dataclass(frozen=True)
class ClusterTarget:
    """An endpoint on a cluster. Plain data: it can be written as JSON and read
    back."""

    endpoint: str
    kind: str
    engine: str
    """`container`, `vllm` or `kserve`."""
    namespace: str
    deployment: str
    """Name of the Deployment that serves, KServe's own too."""
    role: str
    """Name of the Role in that namespace that allows to release."""
    bucket: str
    """The bucket of the models, the registry and the records."""
    models: str
    """Folder of the bucket that the pods may read."""
    archive: bool
    """Whether a model is an archive; else a folder."""
    prometheus_url: str
    alerts: list[str]
    """Names of the alerts that end a release. All have the labels `namespace` and
    `endpoint`."""
    region: str = ""
    """Region of the bucket. Empty: that of the environment's variables."""
    store: str = ""
    """URL of the store of the bucket. Empty: Amazon S3."""
    canary_percent: int = 0
    """Share of the requests that the candidate of a release serves; 0 for none."""
    bake_minutes: int = 0
    """Minutes that it does."""
    gates: Mapping[str, Any] = field(default_factory=dict)
    kms_key_arn: str = ""
    """ARN of the KMS key of the registry. Empty: the bucket's default."""
    registry_prefix: str = REGISTRY
    audit_prefix: str = TRAIL

    @property
    def audit_bucket(self) -> str:
        """The bucket of the records."""
        return self.bucket

    @property
    def audit_kms_key_arn(self) -> str | None:
        """ARN of the key of the records."""
        return self.kms_key_arn or None

    @property
    def has_canary(self) -> bool:
        """Whether a candidate serves part of the requests. KServe in Standard mode has
        none."""
        return self.engine != KSERVE and self.canary_percent > 0

    def key(self, model_uri: str) -> str:
        """Returns the key of a model in the bucket. Raises `Refused` if the pods can't
        load it."""
        bucket, key = s3_uris.split(model_uri)
        if bucket != self.bucket or not key.startswith(self.models):
            raise Refused(
                f"The model {model_uri} is not in s3://{self.bucket}/{self.models}, which the "
                f"pods of {self.endpoint} may read. Fix: write models there, or change "
                "model_data of the endpoint"
            )
        if key.endswith(ARCHIVE) is not self.archive:
            form = f"an archive ({ARCHIVE})" if self.archive else "a folder"
            raise Refused(
                f"The model {model_uri} is not {form}, which the pods of {self.endpoint} load. "
                "Fix: write it in that form, or change model_data of the endpoint"
            )
        return key

    @classmethod
    def read(cls, name: str, data: Any) -> "ClusterTarget":
        """Returns the target of an export. Raises `Refused` with all that is wrong."""
        if not isinstance(data, Mapping):
            raise Refused(f"The release target {name} is no mapping. Fix: `pulumi up`")
        known = {key: value for key, value in data.items() if value is not None}
        wrong = list(_problems(cls, known))
        if wrong:
            raise Refused(report(f"The release target {name} can't be read", wrong))
        return cls(**known)


def is_cluster(target: Mapping[str, Any]) -> bool:
    """Whether a release target is an endpoint on a cluster."""
    return target.get("kind") == KIND


def _problems(cls: type[ClusterTarget], known: Mapping[str, Any]) -> list[Problem]:
    hints, entries = get_type_hints(cls), {entry.name: entry for entry in fields(cls)}
    found = [unknown_key(key, known[key], entries) for key in known if key not in entries]
    fix = "`pulumi up` with this version of groundplan"
    for name, entry in entries.items():
        needed = entry.default is NO_DEFAULT and entry.default_factory is NO_DEFAULT
        if name not in known:
            found += [Problem(name, MISSING, "part of a release target", fix)] if needed else []
            continue
        kind = getattr(hints[name], "__origin__", hints[name])
        if not isinstance(known[name], kind) or (kind is int and known[name] is True):
            found.append(Problem(name, known[name], f"of the type {kind.__name__}", fix))
    gates = known.get("gates") or {}
    if isinstance(gates, Mapping):
        found += gate_spec.problems(gates)
    return found
