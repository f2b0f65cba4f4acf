"""The night: queues that admit no job while nobody works, so that idle nodes go and
cost nothing.

Two CronJobs set the `stopPolicy` of the ClusterQueues, a field that Pulumi leaves
alone: an `up` at night opens nothing. Works on any cluster, whatever starts its nodes.
"""

import re
import zoneinfo
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.problems import Problem
from groundplan.training import versions
from groundplan.training.choices import RunningJobs


class NightArgs(TypedDict):
    """When the queues are closed."""

    stop: str
    """When the queues close, every day: 19:00. Updates in place."""
    start: str
    """When they open: 07:00. Updates in place."""
    time_zone: NotRequired[str]
    """IANA time zone of both: Europe/Berlin. Default: UTC. Updates in place."""
    weekends: NotRequired[bool]
    """Whether they open on Saturdays and Sundays too. Default: false. Updates in place."""
    running_jobs: NotRequired[RunningJobs]
    """`finish`, or `stop`: what happens to jobs that run when the queues close.
    Default: finish. Updates in place."""


TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

STOP_POLICY = {RunningJobs.FINISH: "Hold", RunningJobs.STOP: "HoldAndDrain"}
"""Kueue's `StopPolicy`, apis/kueue/v1beta2/clusterqueue_types.go of v0.19.2."""

NAMESPACE = "kueue-system"
"""Kueue manages no job of its own namespace."""

KIND = "clusterqueues.kueue.x-k8s.io"

CACHE = "/cache"
"""Where kubectl keeps what the API server has told it: the rest of the container is
read-only."""


def problems(night: NightArgs) -> list[Problem]:
    """What is wrong with the times."""
    found = []
    for key in ("stop", "start"):
        time = night.get(key)
        if isinstance(time, str) and not TIME.fullmatch(time):
            found.append(
                Problem(
                    key,
                    time,
                    "a time of day, 00:00 to 23:59",
                    "write it as HH:MM, in quotes in YAML",
                )
            )
    if not found and night.get("stop") is not None and night.get("stop") == night.get("start"):
        found.append(
            Problem(
                "start",
                night["start"],
                "another time than stop",
                "leave out night to keep the queues open",
            )
        )
    zone, known = night.get("time_zone"), zoneinfo.available_timezones()
    # Where Python finds no time zones, as on a machine without tzdata, Kubernetes
    # judges it.
    if zone is not None and known and zone not in known:
        found.append(
            Problem(
                "time_zone",
                zone,
                "an IANA time zone, such as Europe/Berlin",
                "name the city, not the offset",
            )
        )
    return found


class Night:
    """The CronJobs, and what lets them change nothing but the queues."""

    close: kubernetes.batch.v1.CronJob
    open: kubernetes.batch.v1.CronJob

    def __init__(
        self, name: str, night: NightArgs, queues: Sequence[str], *, opts: pulumi.ResourceOptions
    ) -> None:
        """`queues` are names of ClusterQueues, which `opts` waits for."""
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-night-account", metadata={"name": "night", "namespace": NAMESPACE}, opts=opts
        )
        rule: Any = {
            "api_groups": ["kueue.x-k8s.io"],
            "resources": ["clusterqueues"],
            "verbs": ["get", "patch"],
            "resource_names": sorted(queues),
        }
        role = kubernetes.rbac.v1.ClusterRole(
            f"{name}-night-role",
            metadata={"name": "groundplan-night"},
            rules=[rule],
            opts=opts,
        )
        binding = kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-night-binding",
            metadata={"name": "groundplan-night"},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": role.metadata["name"],
            },
            subjects=[
                {"kind": "ServiceAccount", "name": account.metadata["name"], "namespace": NAMESPACE}
            ],
            opts=opts,
        )
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[binding]))
        policy = STOP_POLICY[night.get("running_jobs", RunningJobs.FINISH)]
        days = "*" if night.get("weekends", False) else "1-5"
        self.close = _job(
            f"{name}-night",
            "queues-close",
            night,
            f"{_cron(night['stop'])} * * *",
            policy,
            queues,
            after,
        )
        self.open = _job(
            f"{name}-morning",
            "queues-open",
            night,
            f"{_cron(night['start'])} * * {days}",
            "None",
            queues,
            after,
        )


def _cron(time: str) -> str:
    hour, minute = time.split(":")
    return f"{int(minute)} {int(hour)}"


def _job(
    name: str,
    job: str,
    night: NightArgs,
    schedule: str,
    policy: str,
    queues: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.batch.v1.CronJob:
    patch = f'{{"spec":{{"stopPolicy":"{policy}"}}}}'
    container: Any = {
        "name": "kubectl",
        "image": versions.KUBECTL,
        "args": [
            "patch",
            KIND,
            *sorted(queues),
            "--type=merge",
            f"--patch={patch}",
            f"--cache-dir={CACHE}",
        ],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volume_mounts": [{"name": "cache", "mount_path": CACHE}],
    }
    pod: Any = {
        "service_account_name": "night",
        "restart_policy": "OnFailure",
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": 65532,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "cache", "empty_dir": {"size_limit": "16Mi"}}],
    }
    spec: Any = {
        "schedule": schedule,
        "time_zone": night.get("time_zone", "UTC"),
        "concurrency_policy": "Forbid",
        # A start that was missed, while the control plane was updated, is made up for
        # within the hour.
        "starting_deadline_seconds": 3600,
        "successful_jobs_history_limit": 1,
        "failed_jobs_history_limit": 1,
        "job_template": {"spec": {"backoff_limit": 6, "template": {"spec": pod}}},
    }
    return kubernetes.batch.v1.CronJob(
        name,
        metadata={"name": job, "namespace": NAMESPACE},
        spec=spec,
        opts=opts,
    )
