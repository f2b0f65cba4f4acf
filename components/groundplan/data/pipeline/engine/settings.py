"""The settings of the function of a pipeline."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class PipelineSettings:
    """What the function knows of its pipeline."""

    pipeline: str
    bucket: str
    dataset: str
    tag: str
    folder: str
    """Folder of the bucket that runs write: each into one of its own."""
    job: str
    """Name of the Glue job."""
    script: str
    """SHA-256 of the job's script."""
    most_dpu_hours: float
    """DPU hours that a run takes at most, with its retries."""
    dpu_hours_per_month: float
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Name -> folder of the bucket."""
    datasets: tuple[str, ...] = ()
    """References, by tag, of the datasets whose publications begin runs: parents of the
    versions."""

    @classmethod
    def read(cls, text: str) -> "PipelineSettings":
        """Returns the settings that `text` writes."""
        data = json.loads(text)
        return cls(**{**data, "datasets": tuple(data.get("datasets", ()))})

    def text(self) -> str:
        """Returns the settings as the environment variable holds them."""
        return json.dumps(asdict(self), sort_keys=True)
