"""What of an `ExperimentTracking`'s arguments can't be built. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from groundplan.context import Context
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.registry.experiment_tracking.args import (
    ClusterTrackingArgs,
    ExperimentTrackingArgs,
    TrackingDatabaseArgs,
)
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems

PREFIX = "mlflow/"

WEEKLY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d")
"""SageMaker API, CreateMlflowApp, WeeklyMaintenanceWindowStart."""

WINDOW = re.compile(
    r"((mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d)-((mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d)"
)
"""Amazon RDS API, CreateDBInstance, PreferredMaintenanceWindow."""

CLASS = re.compile(r"db\.[a-z0-9-]+\.[a-z0-9]+")
SECRET = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:\S+")
GROUP = re.compile(r"arn:[^:]+:sagemaker:[^:]+:\d{12}:model-package-group/\S+")
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
IMAGE = re.compile(r"[^\s:@]+(:\d+/[^\s:@]+)?(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?")

MIN_STORAGE, MAX_STORAGE = 20, 65_536
"""Amazon RDS User Guide, "Amazon RDS DB instance storage", gp3 for PostgreSQL."""

OF_OWN_DATABASE = (
    "instance_class", "multi_az", "storage_gib", "max_storage_gib", "backup_days", "maintenance_window",
)  # fmt: skip


def validate(args: ExperimentTrackingArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    server, prefix = args.get("server"), args.get("artifact_prefix", PREFIX)
    fix = "name a folder that nothing else writes to"
    found = prefix_problems("artifact_prefix", prefix) if prefix else [
        Problem("artifact_prefix", prefix, 'a folder such as "mlflow/"', fix)
    ]  # fmt: skip
    found += arns.key_problems(
        "artifacts.kms_key_arn", args.get("artifacts", {}).get("kms_key_arn")
    )
    if server is TrackingServer.MANAGED and "cluster" in args:
        found.append(
            Problem(
                "cluster",
                "...",
                "nothing, where server is managed",
                "remove it, or set server to cluster",
            )
        )
    if server is TrackingServer.CLUSTER and "managed" in args:
        found.append(
            Problem(
                "managed",
                "...",
                "nothing, where server is cluster",
                "remove it, or set server to managed",
            )
        )
    if server is TrackingServer.CLUSTER and "cluster" not in args:
        found.append(
            Problem(
                "cluster", MISSING, "how the cluster runs MLflow", "give cluster_name and database"
            )
        )
    if server is TrackingServer.CLUSTER and not context.has_kubernetes_provider:
        allowed = "the cluster's Kubernetes provider, among the component's options"
        give = "ResourceOptions(providers=[training.kubernetes_provider])"
        found.append(Problem("opts.providers", MISSING, allowed, f"give {give}"))
    managed = args.get("managed", {})
    found += _form(
        "managed.maintenance_window",
        managed.get("maintenance_window"),
        WEEKLY,
        "a day and a time, Sun:03:00",
    )
    if managed.get("register_models") and not managed.get("model_package_group_arns"):
        allowed = "the ARNs of model package groups, which register_models needs"
        fix = "set it, or remove register_models"
        found.append(Problem("managed.model_package_group_arns", MISSING, allowed, fix))
    for index, arn in enumerate(managed.get("model_package_group_arns", ())):
        allowed = "the ARN of a model package group, as ModelRegistry.group_arns has it"
        found += _form(f"managed.model_package_group_arns[{index}]", arn, GROUP, allowed)
    return found + under("cluster", _cluster(args["cluster"]) if "cluster" in args else [])


def _cluster(cluster: ClusterTrackingArgs) -> list[Problem]:
    name = "lower-case letters, digits and hyphens, at most 63, no hyphen first or last"
    found = _form("namespace", cluster.get("namespace"), NAMESPACE, name)
    found += whole_number("replicas", cluster.get("replicas"), 1, 10, "pods")
    found += whole_number("memory_gib", cluster.get("memory_gib"), 1, 64, "GiB")
    found += _form(
        "image",
        cluster.get("image"),
        IMAGE,
        "an image, REPOSITORY:TAG or REPOSITORY:TAG@sha256:<digest>",
    )
    for index, namespace in enumerate(cluster.get("reached_from", ())):
        found += _form(f"reached_from[{index}]", namespace, NAMESPACE, name)
    found += arns.key_problems("kms_key_arn", cluster.get("kms_key_arn"))
    return found + under("database", _database(cluster.get("database", {})))


def _database(database: TrackingDatabaseArgs) -> list[Problem]:
    existing, network = database.get("existing"), database.get("network")
    if existing is not None:
        useless = [key for key in ("network", *OF_OWN_DATABASE) if key in database]
        found = [
            Problem(key, "...", "nothing, where existing is given", "remove it, or existing")
            for key in useless
        ]
        found += _form(
            "existing.secret_arn",
            existing.get("secret_arn"),
            SECRET,
            "the ARN of a secret in Secrets Manager",
        )
        found += arns.key_problems("existing.kms_key_arn", existing.get("kms_key_arn"))
        if isinstance(port := existing.get("port"), int):
            found += whole_number("existing.port", port, 1, 65_535)
        return found
    if network is None:
        allowed = "where the database is placed, unless existing is given"
        return [
            Problem(
                "network", MISSING, allowed, "give vpc_id, subnet_ids and client_security_group_id"
            )
        ]
    found = []
    subnets: Any = network.get("subnet_ids")
    if isinstance(subnets, Sequence) and not isinstance(subnets, str) and len(subnets) < 2:
        allowed = "at least two subnets, in different zones"
        found.append(
            Problem("network.subnet_ids", len(subnets), allowed, "RDS wants two zones: add one")
        )
    found += _form(
        "instance_class",
        database.get("instance_class"),
        CLASS,
        "an instance class of RDS, db.t4g.small",
    )
    storage, limit = database.get("storage_gib", MIN_STORAGE), database.get("max_storage_gib", 100)
    found += whole_number("storage_gib", storage, MIN_STORAGE, MAX_STORAGE, "GiB")
    # RDS refuses a limit that is less than 10 % above (Amazon RDS User Guide, "Managing
    # capacity automatically with Amazon RDS storage autoscaling").
    least = -(-storage * 11 // 10)
    if not least <= limit <= MAX_STORAGE:
        allowed = (
            f"a whole number from {least}, a tenth more than storage_gib, to {MAX_STORAGE} (GiB)"
        )
        found.append(Problem("max_storage_gib", limit, allowed, "raise it"))
    found += whole_number("backup_days", database.get("backup_days"), 1, 35, "days")
    return found + _form(
        "maintenance_window", database.get("maintenance_window"), WINDOW, "sun:03:00-sun:04:00"
    )


def _form(key: str, value: object, pattern: re.Pattern[str], allowed: str) -> list[Problem]:
    if not isinstance(value, str) or pattern.fullmatch(value):
        return []
    return [Problem(key, value, allowed, "give it in that form")]
