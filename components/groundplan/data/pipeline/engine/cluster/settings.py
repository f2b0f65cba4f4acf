"""The settings of the driver of a pipeline on a cluster."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from groundplan.data.pipeline.engine.settings import PipelineSettings

CONTAINER, RAY = "container", "ray"


@dataclass(frozen=True)
class JobSettings:
    """What every job of a run is started with."""

    namespace: str
    queue: str
    image: str
    cpu: int
    """Cores that a pod requests."""
    memory_gib: int
    volume_size_gb: int
    timeout_seconds: int
    """The longest that the job takes, with its retries."""
    retries: int
    max_wait_seconds: int
    """The longest that it waits in the queue."""
    pool: str | None = None
    priority: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Further arguments of the script."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterSettings:
    """What the driver knows of its pipeline."""

    pipeline: PipelineSettings
    """What it shares with the function of a pipeline in AWS Glue."""
    job: JobSettings
    engine: str = CONTAINER
    """Or `RAY`."""
    script_key: str = ""
    ray_version: str = ""
    ray_nodes: int = 0
    """Pods that work, beside the head."""
    job_account: str = ""
    check_account: str = ""
    rules: str = ""
    """The quality rules as `rules.text` writes them; empty if nothing is checked."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Inputs that rules refer to -> their folders."""
    bookmarks: bool = False
    schedule_expression: str = ""
    objects: bool = False
    """Whether new objects of the inputs begin a run."""
    settle_minutes: int = 5
    vcpu_hours_per_month: float = 0.0
    most_vcpu_hours: float = 0.0
    """What a run takes at most, with its check."""

    @property
    def folder(self) -> str:
        """The folder of the bucket that has the journal and what failed."""
        return f"pipelines/{self.pipeline.pipeline}/"

    @property
    def pods(self) -> int:
        """Pods of a run's job."""
        return 1 + self.ray_nodes if self.engine == RAY else 1

    @classmethod
    def read(cls, text: str) -> "ClusterSettings":
        """Returns the settings that `text` writes."""
        data = json.loads(text)
        return cls(
            **{
                **data,
                "pipeline": PipelineSettings.read(json.dumps(data["pipeline"])),
                "job": JobSettings(**data["job"]),
            }
        )

    def text(self) -> str:
        """Returns the settings as the ConfigMap holds them."""
        return json.dumps(asdict(self), sort_keys=True)
