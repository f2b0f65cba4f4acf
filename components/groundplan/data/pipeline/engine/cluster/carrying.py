"""The steps of an open run: the script's job, the check's, its judgement, and the
publication. Each is done once; a look that ends early is continued by the next one."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.data.pipeline.cost_limits import CHECK_CPU
from groundplan.data.pipeline.engine import judgement, publication
from groundplan.data.pipeline.engine.cluster import jobs, manifests
from groundplan.data.pipeline.engine.cluster.journal import BEGUN, CONSUMED, ENDED, Journal
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.data.versions.errors import DatasetError
from groundplan.kubernetes.job_phases import JobPhase
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

PUBLISHED, QUARANTINED, FAILED = "published", "quarantined", "failed"
LONGEST = datetime.timedelta(days=14)
"""A run whose steps raise errors for as long is given up."""


class GivenUp(Exception):
    """A run ends without a publication. The message says why."""


@dataclass(frozen=True)
class Carrier:
    """What carries a run."""

    settings: ClusterSettings
    journal: Journal
    cluster: Cluster
    cloudwatch: Any
    now: datetime.datetime

    def carry(self, number: int) -> dict[str, Any] | None:
        """Takes the steps of a run that can be taken. Returns how it ended, `None`
        while it waits."""
        begun = self.journal.read(number, BEGUN) or {}
        try:
            if self.now - datetime.datetime.fromisoformat(begun["at"]) > LONGEST:
                raise GivenUp(f"It was open for {LONGEST.days} days")
            return self._steps(number, begun)
        except (GivenUp, jobs.JobRefused, DatasetError) as error:
            return self._end(number, begun, FAILED, str(error))

    def _steps(self, number: int, begun: Mapping[str, Any]) -> dict[str, Any] | None:
        settings, run = self.settings.pipeline, str(begun["run"])
        script = manifests.script(self.settings, begun)
        if not self._job(number, manifests.SCRIPT, script):
            return None
        quality: Mapping[str, Any] = {}
        if self.settings.rules:
            if not self._job(number, manifests.CHECK, manifests.check(self.settings, begun)):
                return None
            judged = self._once(number, "judged", lambda: self._judge(run))
            if not judged["passed"]:
                failed = ", ".join(judged["failed"])
                return self._end(number, begun, QUARANTINED, f"The data broke rules: {failed}")
            quality = judged["quality"]
        published = self._once(
            number,
            PUBLISHED,
            lambda: {
                "version": publication.publish(
                    self.journal.bucket.s3,
                    settings,
                    run=run,
                    by=f"{settings.pipeline} on the cluster",
                    parents=sorted(begun["parents"].values()),
                    quality=quality,
                    inputs=self.journal.bucket.uri(begun["inputs"]),
                )
            },
        )
        return self._end(number, begun, PUBLISHED, "", published["version"])

    def _once(
        self, number: int, name: str, step: Callable[[], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Takes a step unless it is done, and returns what it came to."""
        found = self.journal.read(number, name)
        return self.journal.write(number, name, step()) if found is None else found

    def _job(self, number: int, role: str, manifest: Mapping[str, Any]) -> bool:
        """Returns whether a job has succeeded; starts it before. Raises `GivenUp` if it
        has failed."""
        if self.journal.read(number, f"{role}-done") is not None:
            return True
        name = f"{role}-started"
        started = self.journal.read(number, name)
        if started is None:
            jobs.start(self.cluster, manifest)
            record = {"job": manifest["metadata"]["name"], "at": self.now.isoformat()}
            started = self.journal.write(number, name, record)
        observed = jobs.look(self.cluster, manifest)
        if observed.phase is JobPhase.SUCCEEDED:
            self.journal.write(number, f"{role}-done", {"hours": observed.hours})
            return True
        if observed.phase is JobPhase.RUNNING:
            return False
        if observed.phase is JobPhase.WAITING:
            seconds = self.settings.job.max_wait_seconds
            if not jobs.waited_for_too_long(started["at"], self.now, seconds):
                return False
            jobs.stop(self.cluster, manifest)
            raise GivenUp(f"The {role}'s job has waited in the queue for {seconds // 3600} hours")
        self.journal.write(number, f"{role}-failed", {"hours": observed.hours})
        if observed.phase is JobPhase.ABSENT:
            raise GivenUp(f"The {role}'s job {started['job']} was deleted before its end was seen")
        raise GivenUp(f"The {role}'s job {started['job']} failed: {observed.reason}")

    def _judge(self, run: str) -> dict[str, Any]:
        settings = self.settings.pipeline
        s3 = self.journal.bucket.s3
        result = judgement.judge(s3, self.cloudwatch, settings, run)
        return {
            "passed": result.passed,
            "failed": [rule.rule for rule in result.failed],
            "quality": judgement.summary(settings, run, result),
        }

    def _end(
        self, number: int, begun: Mapping[str, Any], outcome: str, reason: str, version: str = ""
    ) -> dict[str, Any]:
        """Ends a run: what failed is kept as a dead letter, what was published moves
        the bookmark."""
        consumed = str(begun["consumed"])
        if outcome != PUBLISHED:
            self.journal.add_dead_letter(
                str(begun["run"]),
                {
                    **{key: begun[key] for key in ("run", "at", "inputs", "objects", "why")},
                    "outcome": outcome,
                    "reason": reason,
                },
            )
        elif self.settings.bookmarks:
            former = self.journal.objects(consumed)
            consumed = self.journal.key(number, CONSUMED, "json.gz")
            read = self.journal.objects(begun["inputs"])
            self.journal.write_objects(consumed, [*former, *read])
        return self.journal.write(
            number,
            ENDED,
            {
                "run": begun["run"],
                "outcome": outcome,
                "reason": reason,
                "version": version,
                "at": self.now.isoformat(),
                "published_at": self.now.isoformat()
                if outcome == PUBLISHED
                else begun["published_at"],
                "consumed": consumed,
                "vcpu_hours": self._vcpu_hours(number),
            },
        )

    def _vcpu_hours(self, number: int) -> float:
        """Returns what the jobs of a run took; what is not known of a job that was
        started counts as the most that it may take."""
        settings, total = self.settings, 0.0
        cores = {
            manifests.SCRIPT: settings.job.cpu * settings.pods,
            manifests.CHECK: CHECK_CPU,
        }
        for role, vcpu in cores.items():
            if self.journal.read(number, f"{role}-started") is None:
                continue
            done = self.journal.read(number, f"{role}-done")
            done = self.journal.read(number, f"{role}-failed") if done is None else done
            hours = (done or {}).get("hours")
            most = settings.job.timeout_seconds / 3600
            total += vcpu * (most if hours is None else float(hours))
        return round(total, 6)
