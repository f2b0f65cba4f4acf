"""A pipeline on a cluster without a cluster: a bucket of moto, an API server whose jobs
run here, CloudWatch, and a clock."""

import copy
import datetime
import hashlib
import json
import pathlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from groundplan.data.pipeline.engine.cluster import driver
from groundplan.data.pipeline.engine.cluster.journal import Journal
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings, JobSettings
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.pipeline.job import quality, runner
from groundplan.data.quality import rules
from groundplan.data.versions.bucket import Bucket

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
SCRIPT = """
import argparse, pathlib, sys
parser = argparse.ArgumentParser()
for name in ("--run", "--input-raw", "--output"):
    parser.add_argument(name, required=True)
found, _more = parser.parse_known_args()
texts = [f.read_text() for f in sorted(pathlib.Path(found.input_raw).rglob("*")) if f.is_file()]
if any(text == "bad" for text in texts):
    sys.exit(1)
pathlib.Path(found.output, "all.txt").write_text("".join(texts))
"""
SCRIPT_KEY = "pipelines/etl/scripts/script.py"
SETTINGS = ClusterSettings(
    pipeline=PipelineSettings(
        pipeline="etl",
        bucket="artifacts",
        dataset="clicks",
        tag="latest",
        folder="datasets/clicks/data/etl/",
        jobs=(),
        script=hashlib.sha256(SCRIPT.encode()).hexdigest(),
        most_dpu_hours=0.0,
        dpu_hours_per_month=0.0,
        inputs={"raw": "raw/clicks/"},
    ),
    job=JobSettings(
        namespace="churn",
        queue="churn",
        image="registry.example.com/pipeline:1",
        cpu=2,
        memory_gib=4,
        volume_size_gb=10,
        timeout_seconds=3600,
        retries=1,
        max_wait_seconds=24 * 3600,
    ),
    script_key=SCRIPT_KEY,
    job_account="etl-job",
    check_account="etl-check",
    bookmarks=True,
    objects=True,
    settle_minutes=5,
    vcpu_hours_per_month=100.0,
    most_vcpu_hours=3.0,
)


def checked(settings: ClusterSettings = SETTINGS, **columns: Any) -> ClusterSettings:
    """Returns settings with quality rules."""
    common = replace(
        settings.pipeline, results="quality/clicks/etl/", quarantine="quarantine/clicks/etl/"
    )
    wanted = rules.text(rules.of_args({"columns": columns or {"id": {"unique": True}}}))
    return replace(settings, pipeline=common, rules=wanted)


class CloudWatch:
    """CloudWatch, as far as a driver calls it."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.seen: dict[str, float] = {}

    def put_metric_data(self, **call: Any) -> None:
        found = {metric["MetricName"]: metric["Value"] for metric in call["MetricData"]}
        self.values |= found
        for name, value in found.items():
            self.seen[name] = max(value, self.seen.get(name, 0.0))


@dataclass
class Api:
    """The API server of the cluster, and the kubelet that runs its jobs here."""

    s3: Any
    jobs: dict[str, Any] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def create(self, path: str, manifest: Mapping[str, Any]) -> bool:
        name = f"{path}/{manifest['metadata']['name']}"
        if name in self.jobs:
            return False
        self.created.append(str(manifest["metadata"]["name"]))
        self.jobs[name] = copy.deepcopy(dict(manifest))
        return True

    def get(self, path: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.jobs.get(path))

    def delete(self, path: str) -> None:
        self.jobs.pop(path, None)

    def finish(self, now: datetime.datetime = NOW) -> None:
        """Admits the jobs that wait, and runs them."""
        for job in self.jobs.values():
            if "status" not in job:
                job["spec"]["suspend"] = False
                code = run_here(self.s3, job)
                job["status"] = ended(code, now)


def ended(code: int, now: datetime.datetime = NOW) -> dict[str, Any]:
    """Returns the status of a Job that took half an hour."""
    last = (now + datetime.timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    condition = {
        "type": "Failed" if code else "Complete",
        "status": "True",
        "lastTransitionTime": last,
        **({"reason": "BackoffLimitExceeded", "message": "exit code 1"} if code else {}),
    }
    times = {} if code else {"completionTime": last}
    first = now.isoformat().replace("+00:00", "Z")
    return {"startTime": first, **times, "conditions": [condition]}


def run_here(s3: Any, job: Mapping[str, Any]) -> int:
    """Runs the container of a Job, and returns its exit code."""
    (container,) = job["spec"]["template"]["spec"]["containers"]
    variables = {v["name"]: v["value"] for v in container["env"] if "value" in v}
    module = container["command"][2].rsplit(".", 1)[-1]
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        if module == "runner":
            return runner.run(s3, variables, container.get("args", []), folder)
        quality.check(s3, variables, NOW, folder)
        return 0


@dataclass
class World:
    """All of it."""

    s3: Any
    settings: ClusterSettings = SETTINGS
    now: datetime.datetime = NOW
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)

    def __post_init__(self) -> None:
        self.api: Any = Api(self.s3)
        self.put(SCRIPT_KEY, SCRIPT)

    @property
    def journal(self) -> Journal:
        return Journal(Bucket(self.s3, "artifacts"), self.settings.folder)

    def put(self, key: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket="artifacts", Key=key, Body=body)

    def look(self, s3: Any = None, cluster: Any = None) -> dict[str, Any] | None:
        """Advances as a pod that has just started."""
        api: Any = cluster or self.api
        return driver.advance(self.settings, s3 or self.s3, self.cloudwatch, api, self.now)

    def until(self) -> dict[str, Any]:
        """Looks and runs jobs until a run ends, and returns how."""
        for _ in range(6):
            found = self.look()
            if found is not None:
                return found
            self.api.finish(self.now)
        raise AssertionError("no run has ended")

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket="artifacts", Prefix=prefix).get("Contents", ())
        return [item["Key"].removeprefix(prefix) for item in found]

    def read(self, key: str) -> str:
        return str(self.s3.get_object(Bucket="artifacts", Key=key)["Body"].read().decode())

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(self.read(f"pipelines/etl/dead-letters/{key}"))
                for key in self.keys("pipelines/etl/dead-letters/")]  # fmt: skip
