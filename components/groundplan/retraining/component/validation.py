"""Validates the arguments of a RetrainingPipeline."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.data import reference
from groundplan.facts import training_instances
from groundplan.lambda_functions import operation
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.release.cluster.target import is_cluster
from groundplan.retraining.component import budget, schedule
from groundplan.retraining.component.args import (
    RetrainingApprovalArgs,
    RetrainingPipelineArgs,
)
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems
from groundplan.training.job.validation import IMAGE, MAX_NODES, MAX_RUNTIME

MOST_OVERDUE = 166
"""Of the 168 hours that an alarm evaluates at the most (`schedule.MOST_HOURS`), two are
the first period."""
MAX_NAME = 40
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-evaluation-role` and Pulumi's suffix take 24."""
TAG = re.compile(rf"{reference.NAME.pattern}:{reference.TAG.pattern}")
DIGEST = reference.PINNED
"""References of dataset versions. Here a tag is always named."""
FOLDER = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?:[^*?]*/)?")
WITH_REGISTRY = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?/[^\s/]\S*")
JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def validate(args: RetrainingPipelineArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its roles are named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += operation.problems(args)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += whole_number("cool_down_hours", args.get("cool_down_hours"), 0, 8760, "hours")
    found += whole_number("watch_minutes", args.get("watch_minutes"), 5, 10_080, "minutes")
    found += _folder("prefix", args.get("prefix"))
    found += _folder("manifest_prefix", args.get("manifest_prefix"))
    for index, prefix in enumerate(args.get("data_prefixes", ())):
        found += _folder(f"data_prefixes[{index}]", prefix)
    found += target_problems(args)
    found += data_problems(args)
    jobs = under("training", _training(args.get("training", {})))
    jobs += under("evaluation", _evaluation(args.get("evaluation", {})))
    found += jobs
    found += _triggers(args)
    found += schedule.problems(args)
    found += _approval(args)
    found += budget.problems(args, context.region, are_jobs_valid=not jobs)
    return found


def _folder(key: str, prefix: str | None) -> list[Problem]:
    if prefix is None:
        return []
    if prefix == "":
        allowed = "a folder: roles would reach the whole bucket"
        return [Problem(key, "", allowed, "name the folder")]
    return prefix_problems(key, prefix)


def data_problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the data: what runs train on moves, and is not what they
    are judged on."""
    dataset, evaluation = args.get("dataset"), args.get("evaluation", {})
    found = []
    if dataset is not None and not TAG.fullmatch(dataset):
        never = DIGEST.fullmatch(dataset) is not None
        why = ": the data behind a digest never change, and each run would be the same"
        allowed = f"a tag of a dataset, <dataset>:<tag>{why if never else ''}"
        found.append(Problem("dataset", dataset, allowed, "write it as churn:latest"))
    for key in ("held_out", "recent"):
        source = evaluation.get(key)
        if not isinstance(source, str):
            continue
        at = f"evaluation.{key}"
        if not any(form.fullmatch(source) for form in (TAG, DIGEST, FOLDER)):
            allowed = (
                "a reference, <dataset>:<tag> or <dataset>@sha256:<digest>, or a folder, "
                "s3://bucket/folder/"
            )
            found.append(Problem(at, source, allowed, "write it as churn-held-out:latest"))
        elif source == dataset:
            allowed = "other data than runs train on: a model would be judged on what it has seen"
            fix = "publish a dataset that no run trains on, and name it"
            found.append(Problem(at, source, allowed, fix))
    return found


def _training(training: Mapping[str, Any]) -> list[Problem]:
    found = training_instances.problems("instance_type", training.get("instance_type"))
    found += whole_number("nodes", training.get("nodes"), 1, MAX_NODES)
    found += whole_number(
        "max_runtime_seconds", training.get("max_runtime_seconds"), 1, MAX_RUNTIME, "seconds"
    )
    found += whole_number("max_wait_hours", training.get("max_wait_hours"), 1, 672, "hours")
    found += _price(training)
    found += arns.of_service("role_arn", training.get("role_arn"), "iam", "role/")
    for index, arn in enumerate(training.get("secret_arns", ())):
        at = f"secret_arns[{index}]"
        found += arns.of_service(at, arn, "secretsmanager", "secret:")
    if "secret_arns" in training and "role_arn" in training:
        allowed = "nothing with role_arn: an existing role has its own permissions"
        fix = "remove it, and allow that role to read the secrets"
        found.append(Problem("secret_arns", "set", allowed, fix))
    for key in ("checkpoint_prefix", "output_prefix"):
        found += _folder(key, training.get(key))
    image = training.get("image")
    if isinstance(image, str) and not WITH_REGISTRY.fullmatch(image):
        allowed = "an image with its registry, REGISTRY/REPOSITORY: runs may pull from there"
        fix = "write it as <account>.dkr.ecr.<region>.amazonaws.com/<repository>"
        found.append(Problem("image", image, allowed, fix))
    job = training.get("job")
    if isinstance(job, str) and not JOB.fullmatch(job):
        fix = "give the first argument of the TrainingJob"
        found.append(Problem("job", job, "the name of a TrainingJob", fix))
    return found


def _evaluation(evaluation: Mapping[str, Any]) -> list[Problem]:
    # SageMaker API, ProcessingInstanceType: what processing and training jobs run on is
    # nearly the same.
    found = training_instances.problems("instance_type", evaluation.get("instance_type"))
    found += whole_number("volume_gib", evaluation.get("volume_gib"), 1, 16_384, "GiB")
    # SageMaker API, ProcessingStoppingCondition: five days; a minute is the start.
    seconds = evaluation.get("max_runtime_seconds")
    found += whole_number("max_runtime_seconds", seconds, 60, 432_000, "seconds")
    found += _price(evaluation)
    found += arns.of_service("role_arn", evaluation.get("role_arn"), "iam", "role/")
    return found + image_problems(evaluation.get("image"))


def image_problems(image: object) -> list[Problem]:
    """Returns the problems of the image of evaluations, as far as it is known."""
    if not isinstance(image, str) or IMAGE.fullmatch(image):
        return []
    allowed = "an image by its digest, REPOSITORY@sha256:<64 hexadecimal digits>"
    fix = "look the digest up with `aws ecr describe-images`, and give it"
    return [Problem("image", image, allowed, fix)]


def _price(job: Mapping[str, Any]) -> list[Problem]:
    price = job.get("usd_per_hour")
    if price is None or price > 0:
        return []
    fix = "remove it for the list price"
    return [Problem("usd_per_hour", price, "a price above 0 (USD an hour)", fix)]


def _triggers(args: RetrainingPipelineArgs) -> list[Problem]:
    triggers: Mapping[str, Any] = args.get("triggers", {})
    if "monitor" in args:
        return []
    allowed = "false without monitor: nothing checks the endpoint"
    fix = "set monitor to ModelMonitoring.monitor, or remove it"
    return [
        Problem(f"triggers.{key}", True, allowed, fix)
        for key in ("drift", "quality")
        if triggers.get(key)
    ]


def _approval(args: RetrainingPipelineArgs) -> list[Problem]:
    approval = with_defaults(RetrainingApprovalArgs, args.get("approval"))
    found = whole_number("approval.days", approval["days"], 1, 180, "days")
    overdue = approval["overdue_hours"]
    found += whole_number("approval.overdue_hours", overdue, 1, MOST_OVERDUE, "hours")
    if not found and approval["required"] and overdue >= 24 * approval["days"]:
        allowed = f"less than approval.days, {24 * approval['days']} hours"
        fix = "lower it, or raise approval.days"
        found.append(Problem("approval.overdue_hours", overdue, allowed, fix))
    return found


def target_problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the release target, as far as it is known: it is that of
    the endpoint, from the registry. Without a person, gates judge."""
    target = args.get("release_target")
    if not isinstance(target, Mapping):
        return []
    if is_cluster(target):
        allowed = "an endpoint on SageMaker; this one is on a cluster"
        fix = "use kubernetes_release_target of a KubernetesRetraining"
        return [Problem("release_target", target.get("endpoint"), allowed, fix)]
    found = _endpoint("release_target", target, args.get("endpoint"))
    fix = "use ReleaseRuntime.release_targets of an endpoint whose release is registry"
    found += [
        Problem(f"release_target.{key}", MISSING, "what a release runtime completes", fix)
        for key in ("model_package_group", "audit")
        if not target.get(key)
    ]
    return found + gate_problems(args, target)


def cluster_target_problems(key: str, target: Mapping[str, Any], endpoint: object) -> list[Problem]:
    """Returns the problems of a release target on a cluster, as far as it is known."""
    if not is_cluster(target):
        allowed = "an endpoint on a cluster; this one is on SageMaker"
        fix = "use KubernetesEndpoint.release_target, or set release_target in its place"
        return [Problem(key, target.get("endpoint"), allowed, fix)]
    return _endpoint(key, target, endpoint)


def _endpoint(key: str, target: Mapping[str, Any], endpoint: object) -> list[Problem]:
    own = target.get("endpoint")
    if not isinstance(own, str) or not isinstance(endpoint, str) or own == endpoint:
        return []
    allowed = f"the endpoint of {key}, {own}"
    return [Problem("endpoint", endpoint, allowed, "use the same endpoint in both")]


def gate_problems(args: Mapping[str, Any], target: Mapping[str, Any]) -> list[Problem]:
    """Returns a problem where neither a person nor a gate judges a version."""
    if with_defaults(RetrainingApprovalArgs, args.get("approval"))["required"]:
        return []
    gates = target.get("gates") or {}
    if isinstance(gates, Mapping) and not gates.get("metrics"):
        allowed = "true without gates on metrics: nothing else would judge a version"
        fix = "set gates of the endpoint, or remove it"
        return [Problem("approval.required", False, allowed, fix)]
    return []
