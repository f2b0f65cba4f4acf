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
    jobs: tuple[str, ...]
    """Names of the Glue jobs of a run."""
    script: str
    """SHA-256 of the job's script."""
    most_dpu_hours: float
    """DPU hours that a run takes at most, with its retries."""
    dpu_hours_per_month: float
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Name -> folder of the bucket."""
    results: str = ""
    """Folder of the results of checks; empty if nothing is checked."""
    quarantine: str = ""
    """Folder of data that did not pass."""
    datasets: tuple[str, ...] = ()
    """References, by tag, of the datasets whose publications begin runs: parents of the
    versions."""

    @classmethod
    def read(cls, text: str) -> "PipelineSettings":
        """Returns the settings that `text` writes."""
        data = json.loads(text)
        lists = {key: tuple(data.get(key, ())) for key in ("jobs", "datasets")}
        return cls(**{**data, **lists})

    def text(self) -> str:
        """Returns the settings as the environment variable holds them."""
        return json.dumps(asdict(self), sort_keys=True)
