"""The schedule of the queues: they admit no jobs between closing and opening, so that
idle nodes are removed and cost nothing.

Two CronJobs set the `stopPolicy` of the ClusterQueues, a field that Pulumi does not
manage: an `up` does not open closed queues. Works on any cluster, with any node
provisioner.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.training import versions
from groundplan.training.choices import RunningJobs
from groundplan.training.queues.schedule_args import ScheduleSpec

STOP_POLICY = {RunningJobs.FINISH: "Hold", RunningJobs.STOP: "HoldAndDrain"}
"""Kueue's `StopPolicy`, apis/kueue/v1beta2/clusterqueue_types.go of v0.19.2."""

NAMESPACE = "kueue-system"
"""Kueue manages no job of its own namespace."""

KIND = "clusterqueues.kueue.x-k8s.io"

CACHE = "/cache"
"""Where kubectl caches the API discovery: the rest of the container is read-only."""


class Schedule:
    """The CronJobs that close and open the queues, and their permissions.

    Names contain `night` and `morning`, from when the argument was called `night`: the
    resources are in the state of stacks, and other names would replace them.
    """

    close: kubernetes.batch.v1.CronJob
    open: kubernetes.batch.v1.CronJob

    def __init__(
        self, name: str, spec: ScheduleSpec, queues: Sequence[str], *, opts: pulumi.ResourceOptions
    ) -> None:
        """`queues` are names of ClusterQueues, on which `opts` depend."""
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
        policy = STOP_POLICY[spec.running_jobs]
        days = "*" if spec.weekends else "1-5"
        self.close = _job(
            f"{name}-night",
            "queues-close",
            spec,
            f"{_cron(spec.close)} * * *",
            policy,
            queues,
            after,
        )
        self.open = _job(
            f"{name}-morning",
            "queues-open",
            spec,
            f"{_cron(spec.open)} * * {days}",
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
    spec: ScheduleSpec,
    cron: str,
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
    inputs: Any = {
        "schedule": cron,
        "time_zone": spec.time_zone,
        "concurrency_policy": "Forbid",
        # A start that was missed during an update of the control plane is caught up
        # within the hour.
        "starting_deadline_seconds": 3600,
        "successful_jobs_history_limit": 1,
        "failed_jobs_history_limit": 1,
        "job_template": {"spec": {"backoff_limit": 6, "template": {"spec": pod}}},
    }
    return kubernetes.batch.v1.CronJob(
        name,
        metadata={"name": job, "namespace": NAMESPACE},
        spec=inputs,
        opts=opts,
    )
