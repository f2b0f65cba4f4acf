"""Validates the arguments of an `ExperimentTracking`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from groundplan import secret_names
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.kubernetes import namespaces
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.registry.experiment_tracking import instance_name
from groundplan.registry.experiment_tracking.args import (
    ClusterTrackingArgs,
    ExistingDatabaseArgs,
    ExperimentTrackingArgs,
    ManagedTrackingArgs,
    TrackingDatabaseArgs,
    TrackingNetworkArgs,
)
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.storage import arns, replica_region
from groundplan.storage.prefixes import prefix_problems
from groundplan.web_addresses import host_problems

WEEKLY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d")
"""SageMaker API, CreateMlflowApp, WeeklyMaintenanceWindowStart."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7 * 24 * 60
"""In minutes."""

DAY_AND_TIME = rf"({'|'.join(DAYS)}):([01]\d|2[0-3]):[0-5]\d"
WINDOW = re.compile(f"{DAY_AND_TIME}-{DAY_AND_TIME}")
"""Amazon RDS API, CreateDBInstance, PreferredMaintenanceWindow."""

DATABASE = re.compile(r"[A-Za-z_][\w$-]{0,62}", re.ASCII)
"""PostgreSQL documentation, "Identifiers and Key Words"; 63 bytes."""

CLASS = re.compile(r"db\.[a-z0-9-]+\.[a-z0-9]+")
GROUP = re.compile(r"arn:[^:]+:sagemaker:[^:]+:\d{12}:model-package-group/\S+")
IMAGE = re.compile(r"[^\s:@]+(:\d+/[^\s:@]+)?(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?")

MIN_STORAGE, MAX_STORAGE = 20, 65_536
"""Amazon RDS User Guide, "Amazon RDS DB instance storage", gp3 for PostgreSQL."""


def validate(args: ExperimentTrackingArgs, context: Context) -> list[Problem]:
    """Returns the problems of the arguments of experiment tracking."""
    problems = [*_artifacts(args), *_server(args, context)]
    problems += under("managed", _managed(args["managed"]) if "managed" in args else ())
    return problems + under(
        "cluster", _cluster(args["cluster"], context) if "cluster" in args else ()
    )


def _artifacts(args: ExperimentTrackingArgs) -> list[Problem]:
    key = args.get("artifacts", {}).get("kms_key_arn")
    problems = arns.key_problems("artifacts.kms_key_arn", key)
    prefix = with_defaults(ExperimentTrackingArgs, args)["artifact_prefix"]
    if prefix:
        return [*prefix_problems("artifact_prefix", prefix), *problems]
    fix = "name a folder that nothing else writes to"
    return [Problem("artifact_prefix", prefix, 'a folder such as "mlflow/"', fix), *problems]


def _server(args: ExperimentTrackingArgs, context: Context) -> Iterator[Problem]:
    server = args.get("server")
    others = {TrackingServer.MANAGED: "cluster", TrackingServer.CLUSTER: "managed"}
    for choice, other in others.items():
        if server is choice and other in args:
            allowed = f"nothing where server is {choice.value}"
            yield Problem(other, "...", allowed, f"remove it, or set server to {other}")
    if server is not TrackingServer.CLUSTER:
        return
    if "cluster" not in args:
        fix = "set cluster_name and database"
        yield Problem("cluster", MISSING, "how the cluster runs MLflow", fix)
    if not context.has_kubernetes_provider:
        allowed = "the cluster's Kubernetes provider, in the component's options"
        fix = "set ResourceOptions(providers=[training.kubernetes_provider])"
        yield Problem("opts.providers", MISSING, allowed, fix)


def _managed(managed: ManagedTrackingArgs) -> Iterator[Problem]:
    window = managed.get("maintenance_window")
    yield from _form("maintenance_window", window, WEEKLY, "Sun:03:00", "a day and a time")
    groups = managed.get("model_package_group_arns", ())
    for index, arn in enumerate(groups):
        allowed = "the ARN of a model package group"
        example = "one of ModelRegistry.group_arns"
        yield from _form(f"model_package_group_arns[{index}]", arn, GROUP, example, allowed)
    if managed.get("register_models", False) and not groups:
        allowed = "the ARNs of model package groups, which register_models requires"
        fix = "set it, or remove register_models"
        yield Problem("model_package_group_arns", MISSING, allowed, fix)


def _cluster(cluster: ClusterTrackingArgs, context: Context) -> list[Problem]:
    problems = namespaces.problems("namespace", cluster.get("namespace"))
    problems += whole_number("replicas", cluster.get("replicas"), 1, 10, "pods")
    problems += whole_number("memory_gib", cluster.get("memory_gib"), 1, 64, "GiB")
    image, example = cluster.get("image"), "REPOSITORY:TAG or REPOSITORY:TAG@sha256:<digest>"
    problems += _form("image", image, IMAGE, example, "a container image")
    problems += _filled("cluster_name", cluster.get("cluster_name"))
    for index, namespace in enumerate(cluster.get("reached_from", ())):
        problems += namespaces.problems(f"reached_from[{index}]", namespace)
    problems += arns.key_problems("kms_key_arn", cluster.get("kms_key_arn"))
    return problems + under("database", _database(cluster.get("database", {}), context))


def _network(network: TrackingNetworkArgs | None) -> Iterator[Problem]:
    if network is None:
        allowed = "the network of the database, unless existing is set"
        fix = "set vpc_id, subnet_ids and client_security_group_id"
        yield Problem("network", MISSING, allowed, fix)
        return
    subnets: Any = network.get("subnet_ids")
    if isinstance(subnets, Sequence) and not isinstance(subnets, str) and len(subnets) < 2:
        allowed = "at least two subnets, in different availability zones"
        yield Problem("network.subnet_ids", len(subnets), allowed, "add a subnet: RDS requires two")


def _database(database: TrackingDatabaseArgs, context: Context) -> list[Problem]:
    if "existing" in database:
        unused = [key for key in database if key != "existing"]
        problems = [
            Problem(key, "...", "nothing with existing", "remove it, or existing") for key in unused
        ]
        return [*problems, *under("existing", _existing(database["existing"]))]
    klass, window = database.get("instance_class"), database.get("maintenance_window")
    return [
        *_network(database.get("network")),
        *_form(
            "identifier",
            database.get("identifier"),
            instance_name.PATTERN,
            "mlflow-prod",
            instance_name.ALLOWED,
        ),
        *log_retention.problems("log_retention_days", database.get("log_retention_days")),
        *_form("instance_class", klass, CLASS, "db.t4g.small", "an instance class of RDS"),
        *_storage(database),
        *whole_number("backup_days", database.get("backup_days"), 1, 35, "days"),
        *_window(window),
        *under("replica", _replica(database, context)),
    ]


def _replica(database: TrackingDatabaseArgs, context: Context) -> list[Problem]:
    if "replica" not in database:
        return []
    return replica_region.problems("region", database["replica"].get("region"), context)


def _window(window: object) -> list[Problem]:
    """A window has 30 minutes or more, and less than a day (Amazon RDS API,
    CreateDBInstance, PreferredMaintenanceWindow)."""
    key, example = "maintenance_window", "sun:03:00-sun:04:00"
    problems = _form(key, window, WINDOW, example, "a weekly window")
    if problems or not isinstance(window, str):
        return problems
    start, end = map(_minute, window.split("-"))
    minutes = (end - start) % WEEK
    if 30 <= minutes < 24 * 60:
        return []
    allowed = f"a window of at least 30 minutes and less than a day, {example}"
    return [Problem(key, window, allowed, "change its end")]


def _minute(text: str) -> int:
    """Returns the minute of the week of `sun:03:00`."""
    day, hours, minutes = text.split(":")
    return (DAYS.index(day) * 24 + int(hours)) * 60 + int(minutes)


def _existing(existing: ExistingDatabaseArgs) -> Iterator[Problem]:
    allowed = "the ARN of a secret in Secrets Manager"
    example = "arn:aws:secretsmanager:<region>:<account>:secret:<name>"
    yield from _form("secret_arn", existing.get("secret_arn"), secret_names.ARN, example, allowed)
    yield from arns.key_problems("kms_key_arn", existing.get("kms_key_arn"))
    yield from whole_number("port", existing.get("port"), 1, 65_535)
    yield from host_problems("host", existing.get("host"), "db.example.com")
    name = existing.get("name")
    if isinstance(name, str) and not DATABASE.fullmatch(name):
        allowed = "the name of a database: up to 63 letters, digits and _, no digit first"
        yield Problem("name", name, allowed, "use the name that `psql -l` shows")


def _storage(database: TrackingDatabaseArgs) -> list[Problem]:
    filled = with_defaults(TrackingDatabaseArgs, database)
    storage, limit = filled["storage_gib"], filled["max_storage_gib"]
    problems = whole_number("storage_gib", storage, MIN_STORAGE, MAX_STORAGE, "GiB")
    # RDS refuses a limit that is less than 10 % above (Amazon RDS User Guide, "Managing
    # capacity automatically with Amazon RDS storage autoscaling").
    least = -(-storage * 11 // 10)
    if problems and "max_storage_gib" not in database:
        return problems
    if not problems and least > MAX_STORAGE:
        allowed = f"at most {MAX_STORAGE * 10 // 11}, which leaves a tenth for max_storage_gib"
        problems.append(Problem("storage_gib", storage, allowed, "lower it"))
    elif not max(least, MIN_STORAGE) <= limit <= MAX_STORAGE:
        allowed = (
            f"a whole number from {max(least, MIN_STORAGE)}, a tenth more than storage_gib, to "
            f"{MAX_STORAGE} (GiB)"
        )
        fix = f"use {MAX_STORAGE}" if limit > MAX_STORAGE else f"use {max(least, MIN_STORAGE)}"
        problems.append(Problem("max_storage_gib", limit, allowed, fix))
    return problems


def _form(
    key: str, value: object, pattern: re.Pattern[str], example: str, noun: str
) -> list[Problem]:
    if not isinstance(value, str) or pattern.fullmatch(value):
        return []
    return [Problem(key, value, f"{noun}, {example}", "write it in that form")]


def _filled(key: str, value: object) -> list[Problem]:
    return [Problem(key, "", "a text that is not empty", f"set {key}")] if value == "" else []
