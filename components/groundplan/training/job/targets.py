"""What of a run's arguments a cluster or SageMaker can't carry out. Both sections are
judged, whichever of them is used.

Numbers of SageMaker: the API's service model in botocore 1.44.5 (`CreateTrainingJob`),
unless a comment says otherwise.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan import secret_names
from groundplan.arguments import known, with_defaults
from groundplan.facts import instances, training_instances
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.sagemaker.images import repository_arn
from groundplan.storage import arns
from groundplan.training.job import container, device_claim, job_topology, record
from groundplan.training.job.args import TRAINING_JOB_DEFAULTS, SageMakerRunArgs, TrainingJobArgs
from groundplan.training.job.choices import AcceleratorKind, RunsOn

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")

MAX_IMAGE, MAX_CHANNELS, MAX_PARAMETERS, MAX_KEY, MAX_VALUE = 255, 20, 100, 256, 2500
MAX_ARGUMENTS, MAX_ARGUMENT, MAX_VARIABLE = 100, 256, 512
MAX_VARIABLES = 60
"""SageMaker takes 100; what the job sets by itself needs the rest: 20 for datasets, and
20 more."""


def problems(args: TrainingJobArgs) -> list[Problem]:
    """Returns what is wrong with the sections `cluster` and `sagemaker`, and what the
    one that is used can't do."""
    found = under("cluster", _cluster(args.get("cluster", {}))) + under(
        "sagemaker", _sagemaker(args.get("sagemaker"), args)
    )
    found += device_claim.problems(args)
    found += _secrets(args) + _tracking(args)
    if args.get("on") is not RunsOn.SAGEMAKER:
        return found
    if "sagemaker" not in args:
        fix = 'say on what it runs: {"instance_type": "ml.g5.xlarge"}'
        found.append(Problem("sagemaker", MISSING, "how SageMaker carries the run out", fix))
    return found + _limits(args)


def _tracking(args: TrainingJobArgs) -> list[Problem]:
    """What a run that logs to an MLflow can't have beside it."""
    if "tracking" not in args:
        return []
    fix = "remove it: tracking sets it"
    found = [
        Problem(f"environment.{name}", value, "nothing beside tracking", fix)
        for name, value in args.get("environment", {}).items()
        if name in container.TRACKING
    ]
    isolated = args.get("sagemaker", {}).get("network_isolation", True)
    if args.get("on") is RunsOn.SAGEMAKER and isolated:
        allowed = "false with tracking: it cuts the container off from MLflow"
        fix = "set it to false, or remove tracking"
        found.append(Problem("sagemaker.network_isolation", isolated, allowed, fix))
    return found


def _cluster(chosen: Mapping[str, Any]) -> list[Problem]:
    found = [
        *whole_number("efa_interfaces", chosen.get("efa_interfaces"), 0, 32, "of each node"),
        *whole_number("user_id", chosen.get("user_id"), 1, 2**31 - 1, "0 is root"),
    ]
    found += under("topology", job_topology.problems(chosen.get("topology") or {}))
    for key, form in (
        ("namespace", LABEL),
        ("pool", LABEL),
        ("queue", SUBDOMAIN),
        ("priority", SUBDOMAIN),
        ("service_account", SUBDOMAIN),
    ):
        value = chosen.get(key)
        if isinstance(value, str) and not form.fullmatch(value):
            allowed = "the name of a Kubernetes object: lower-case letters, digits and hyphens"
            found.append(
                Problem(key, value, allowed, f"give the name of the {key.replace('_', ' ')}")
            )
    return found


def _sagemaker(chosen: Mapping[str, Any] | None, args: TrainingJobArgs) -> list[Problem]:
    if chosen is None:
        return []
    type_ = chosen.get("instance_type")
    found = training_instances.problems("instance_type", type_)
    found += whole_number("volume_gib", chosen.get("volume_gib"), 1, 16_384, "GiB")  # gp2's largest
    found += arns.key_problems("kms_key_arn", chosen.get("kms_key_arn"))
    instance = instances.find(type_) if isinstance(type_, str) and not found else None
    if instance and instance.local_nvme_gb and "kms_key_arn" in chosen:
        allowed = (
            f"nothing with {type_}: its volume is local NVMe, which the instance's own "
            "hardware encrypts"
        )
        found.append(
            Problem(
                "kms_key_arn",
                "a key",
                allowed,
                "remove it or use an instance type without local NVMe",
            )
        )
    subnets = chosen.get("network", {}).get("subnet_ids")
    if isinstance(subnets, list) and not 1 <= len(subnets) <= 16:
        found.append(
            Problem(
                "network.subnet_ids",
                subnets,
                "1 to 16 subnets",
                "give the private subnets of the VPC",
            )
        )
    return found + _waiting(chosen, args)


def _waiting(chosen: Mapping[str, Any], args: TrainingJobArgs) -> list[Problem]:
    wait, runtime = (
        chosen.get("max_wait_seconds"),
        args.get("max_runtime_seconds", TRAINING_JOB_DEFAULTS["max_runtime_seconds"]),
    )
    if wait is None:
        return []
    if not chosen.get("spot"):
        return [Problem("max_wait_seconds", wait, "nothing without spot", "remove it, or set spot")]
    if wait < runtime:
        allowed = f"at least max_runtime_seconds, which is {runtime}"
        return [
            Problem(
                "max_wait_seconds", wait, allowed, "raise it: it counts the waiting and the running"
            )
        ]
    return []


def _secrets(args: TrainingJobArgs) -> list[Problem]:
    found = []
    on_cluster = args.get("on") is RunsOn.CLUSTER
    secrets = args.get("secrets", {})
    for name, where in secrets.items():
        at, needed = (
            f"secrets.{name}",
            ("kubernetes_secret", "key") if on_cluster else ("secret_arn",),
        )
        for field, form in (
            ("kubernetes_secret", SUBDOMAIN),
            ("key", SECRET_KEY),
            ("secret_arn", secret_names.ARN),
        ):
            value = where.get(field)
            if value is None and field in needed:
                fix = (
                    f"say where {RunsOn(args['on']).value} finds it"
                    if "on" in args
                    else "say where it is kept"
                )
                found.append(Problem(f"{at}.{field}", MISSING, "where the secret is kept", fix))
            elif isinstance(value, str) and not form.fullmatch(value):
                allowed = (
                    "an ARN of AWS Secrets Manager"
                    if field == "secret_arn"
                    else "a name as Kubernetes has it"
                )
                # Without the value, which may be the secret itself.
                found.append(
                    Problem(
                        f"{at}.{field}",
                        "something else",
                        allowed,
                        "name the secret, never its value",
                    )
                )
    isolated = with_defaults(SageMakerRunArgs, args.get("sagemaker"))["network_isolation"]
    if secrets and not on_cluster and isolated:
        fix = "set it to false, with a network that reaches AWS Secrets Manager"
        allowed = "false where there are secrets: an isolated container can't fetch them"
        found.append(Problem("sagemaker.network_isolation", True, allowed, fix))
    return found


def _limits(args: TrainingJobArgs) -> list[Problem]:
    found = _instances(args)
    image = args.get("image")
    if (
        isinstance(image, str)
        and "@sha256:" in image
        and (repository_arn(image) is None or len(image) > MAX_IMAGE)
    ):
        allowed = (
            f"an image in Amazon ECR, at most {MAX_IMAGE} characters: SageMaker pulls from "
            "nowhere else"
        )
        found.append(Problem("image", image, allowed, "push the image to ECR and give its URI"))
    counted: tuple[tuple[str, Any, int, str], ...] = (
        ("datasets", args.get("datasets", {}), MAX_CHANNELS, "channels"),
        ("parameters", args.get("parameters", {}), MAX_PARAMETERS, "hyperparameters"),
        (
            "environment",
            [*args.get("environment", {}), *args.get("secrets", {})],
            MAX_VARIABLES,
            "of them, with the secrets",
        ),
        ("command", args.get("command", []), MAX_ARGUMENTS, "words"),
        ("arguments", args.get("arguments", []), MAX_ARGUMENTS, "words"),
    )
    for key, items, most, unit in counted:
        if len(items) > most:
            found.append(
                Problem(
                    key, len(items), f"at most {most} {unit} on SageMaker", "put several into one"
                )
            )
    for name, text in (
        record.parameters(args.get("parameters", {})).items() if _all_plain(args) else ()
    ):
        if len(name) > MAX_KEY or len(text) > MAX_VALUE or "\n" in text:
            allowed = (
                f"a name of at most {MAX_KEY} and a value of at most {MAX_VALUE} characters, "
                "in one line, on SageMaker"
            )
            found.append(
                Problem(
                    f"parameters.{name}",
                    text,
                    allowed,
                    "put it into a file that is part of a dataset",
                )
            )
    for name, value in args.get("environment", {}).items():
        if isinstance(value, str) and max(len(name), len(value)) > MAX_VARIABLE:
            allowed = f"at most {MAX_VARIABLE} characters on SageMaker"
            found.append(
                Problem(
                    f"environment.{name}",
                    value,
                    allowed,
                    "use a parameter, which may have 2500",
                )
            )
    for key, words in (
        ("command", args.get("command", [])),
        ("arguments", args.get("arguments", [])),
    ):
        for index, word in enumerate(words):
            if len(word) > MAX_ARGUMENT or "\n" in word:
                allowed = f"at most {MAX_ARGUMENT} characters in one line, on SageMaker"
                found.append(
                    Problem(
                        f"{key}[{index}]",
                        word,
                        allowed,
                        "put it into the image, or use a parameter",
                    )
                )
    return found


def _all_plain(args: TrainingJobArgs) -> bool:
    return all(
        known(value) and isinstance(value, str | int | float)
        for value in args.get("parameters", {}).values()
    )


def _instances(args: TrainingJobArgs) -> list[Problem]:
    found: list[Problem] = []
    type_ = args.get("sagemaker", {}).get("instance_type")
    instance = instances.find(type_) if isinstance(type_, str) else None
    if instance is None or training_instances.problems("", type_):
        return found
    count = args.get("accelerators")
    if count is not None and count != instance.accelerator_count:
        allowed = (
            f"{instance.accelerator_count}, all that {type_} has: SageMaker gives whole instances"
        )
        found.append(Problem("accelerators", count, allowed, "change it, or the instance type"))
    kind = args.get("accelerator_kind", TRAINING_JOB_DEFAULTS["accelerator_kind"])
    has = AcceleratorKind.NEURON if instance.has_neuron else AcceleratorKind.NVIDIA
    if instance.accelerator_count and kind is not has:
        found.append(
            Problem(
                "accelerator_kind", kind, f"{has.value}, as {type_} has", f"set it to {has.value}"
            )
        )
    for key, wanted, most in (
        ("cpu", args.get("cpu"), instance.vcpus),
        ("memory_gib", args.get("memory_gib"), instance.memory_mib // 1024),
    ):
        if wanted is not None and wanted > most:
            found.append(
                Problem(
                    key,
                    wanted,
                    f"at most {most}, as {type_} has",
                    "lower it, or use a larger instance type",
                )
            )
    return found
