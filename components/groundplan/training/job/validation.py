"""What of a run's arguments can't be carried out, anywhere: the rules. `targets` has
those of a cluster and of SageMaker."""

import math
import re
from collections.abc import Mapping
from typing import Any

from groundplan.arguments import known
from groundplan.context import Context
from groundplan.data import reference
from groundplan.kubernetes import object_names
from groundplan.problems import Problem, whole_number
from groundplan.secret_names import HARMLESS, PATTERNS, names_a_secret
from groundplan.storage.prefixes import prefix_problems
from groundplan.training.job import container, record_rules, targets
from groundplan.training.job.args import TrainingJobArgs
from groundplan.training.job.spec import checkpoint_prefix, output_prefix

IMAGE = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
REVISION = re.compile(r"[0-9a-f]{40}")
DATASET = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""Becomes part of an environment variable; a SageMaker channel has at most 64
characters (API, `ChannelName`)."""
FOLDER = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?P<prefix>.*)")
MOVING = re.compile(rf"{reference.NAME.pattern}:(?=[A-Za-z]){reference.TAG.pattern}")
"""A dataset version by a tag. A text such as `2026-11-01t10:00` is none."""
VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

NAME_SUFFIX = len("-0123456789")
MAX_NODES = 1000
MAX_JOB_NAME = 63 - NAME_SUFFIX - len("-999")
"""A pod of a job is called as the job and its index, and a host name has 63 characters;
so has a SageMaker training job's."""

MAX_ACCELERATORS = 16
"""p2.16xlarge, trn1.32xlarge, trn2.48xlarge (`facts/ec2-instances.csv`)."""
MAX_RUNTIME = 28 * 86_400
"""SageMaker (API, `StoppingCondition`): 28 days."""
MAX_RESTARTS = 30
"""SageMaker (API, `RetryStrategy`)."""
MAX_PARAMETERS_BYTES = 200_000
"""Kubernetes keeps 256 KiB of annotations on an object, and the parameters are one."""


def validate(args: TrainingJobArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    name, job_name = context.name, args.get("job_name", context.qualified_name)
    found = _name(job_name) + _image(args.get("image")) + _code(args.get("code") or {})
    found += _datasets(args.get("datasets")) + _parameters(args.get("parameters", {}))
    found += _environment(args) + _numbers(args)
    for key, prefix in (
        ("checkpoint_prefix", checkpoint_prefix(name, args)),
        ("output_prefix", output_prefix(name, args)),
    ):
        fix = "name a folder that other runs don't write to"
        found += (
            prefix_problems(key, prefix)
            if prefix
            else [Problem(key, prefix, 'a folder such as "models/churn/"', fix)]
        )
    return found + record_rules.problems(args) + targets.problems(args)


def _name(job_name: str) -> list[Problem]:
    if object_names.SERVICE.fullmatch(job_name) and len(job_name) <= MAX_JOB_NAME:
        return []
    allowed = (
        "lower-case letters, digits and hyphens, a letter first and no hyphen last, at most "
        f"{MAX_JOB_NAME}"
    )
    return [Problem("job_name", job_name, allowed, "give a job_name of that form")]


def _image(image: object) -> list[Problem]:
    if not isinstance(image, str) or IMAGE.fullmatch(image):
        return []
    allowed = (
        "an image by its digest, REPOSITORY@sha256:<64 hexadecimal digits>: behind a tag "
        "there is another one tomorrow"
    )
    fix = (
        "look the digest up with `docker buildx imagetools inspect` or `aws ecr "
        "describe-images`, and give it"
    )
    return [Problem("image", image, allowed, fix)]


def _code(code: Mapping[str, Any]) -> list[Problem]:
    found = []
    repository, revision = code.get("repository"), code.get("revision")
    if isinstance(repository, str) and not re.fullmatch(r"\S+", repository):
        found.append(
            Problem(
                "code.repository",
                repository,
                "the URL of a git repository",
                "give the repository's URL",
            )
        )
    if isinstance(revision, str) and not REVISION.fullmatch(revision):
        allowed = "a whole commit hash, 40 hexadecimal digits in lower case"
        found.append(
            Problem(
                "code.revision",
                revision,
                allowed,
                f"give what `git rev-parse {revision or 'HEAD'}` prints",
            )
        )
    return found


def _datasets(datasets: Mapping[str, Any] | None) -> list[Problem]:
    if datasets is None:
        return []
    found = []
    if not datasets:
        allowed = "at least one dataset, with its version"
        found.append(
            Problem(
                "datasets",
                {},
                allowed,
                "name what the run reads: without it, nobody can repeat the run",
            )
        )
    for name, dataset in datasets.items():
        at = f"datasets.{name}"
        if not DATASET.fullmatch(name):
            allowed = "names of lower-case letters, digits and _, a letter first, at most 63"
            found.append(Problem(at, name, allowed, "rename the dataset"))
        if isinstance(uri := dataset.get("uri"), str):
            found += _folder(f"{at}.uri", uri)
        if isinstance(version := dataset.get("version"), str):
            found += _version(f"{at}.version", version)
    return found


def _version(key: str, version: str) -> list[Problem]:
    """A version is named by its digest: what another text names, nobody can verify, and
    a tag names another version tomorrow."""
    if reference.PINNED.fullmatch(version):
        return []
    allowed = f"a dataset version by its digest, {reference.FORMS.partition(' or ')[0]}"
    if MOVING.fullmatch(version):
        allowed += ": a tag names another version tomorrow"
        fix = f"give what `groundplan dataset show {version}` prints"
    elif "@" in version or version.startswith("sha256:"):
        name = version.partition("@")[0] if "@" in version else ""
        place = name if reference.NAME.fullmatch(name) else "DATASET"
        fix = f"give what `groundplan dataset show {place}` prints"
    else:
        fix = "commit the data by `groundplan dataset commit DATASET`, and give the reference"
    return [Problem(key, version, allowed, fix)]


def _folder(key: str, uri: str) -> list[Problem]:
    match = FOLDER.fullmatch(uri)
    # Without a slash at its end S3 takes it for the beginning of a name: `churn` would
    # bring `churn-test/` too.
    wrong = prefix_problems(key, match["prefix"]) if match else []
    if match and not wrong:
        return []
    fix = wrong[0].fix.replace('"', "") if wrong else "give the S3 URI of the dataset's folder"
    return [Problem(key, uri, "a folder in S3, s3://BUCKET/FOLDER/, without * or ?", fix)]


def _parameters(parameters: Mapping[str, Any]) -> list[Problem]:
    found = []
    for name, value in parameters.items():
        good = isinstance(value, str | int | float) and not (
            isinstance(value, float) and not math.isfinite(value)
        )
        if not good:
            allowed = "a string, a finite number, true or false, known when the program runs"
            fix = "write lists and mappings as JSON text; leave out what has no value"
            shown = value if known(value) else "a value that only the cloud knows"
            found.append(Problem(f"parameters.{name}", shown, allowed, fix))
    size = sum(len(name) + len(str(value)) for name, value in parameters.items())
    if size > MAX_PARAMETERS_BYTES:
        allowed = f"at most {MAX_PARAMETERS_BYTES} characters in all"
        found.append(
            Problem(
                "parameters", size, allowed, "put large ones into a file that is part of a dataset"
            )
        )
    return found


def _environment(args: TrainingJobArgs) -> list[Problem]:
    found = []
    environment, secrets = args.get("environment", {}), args.get("secrets", {})
    for key, names in (("environment", environment), ("secrets", secrets)):
        for name in names:
            if not VARIABLE.fullmatch(name):
                allowed = "names of letters, digits and _ that don't begin with a digit"
                found.append(Problem(f"{key}.{name}", name, allowed, "rename the variable"))
            elif container.RESERVED.fullmatch(name):
                allowed = (
                    "names that no job sets by itself (GROUNDPLAN_*, PET_*, SM_*, MASTER_ADDR "
                    "and the like)"
                )
                found.append(
                    Problem(f"{key}.{name}", name, allowed, "remove it, or rename the variable")
                )
    if "seed" in args and "PYTHONHASHSEED" in environment:
        found.append(
            Problem(
                "environment.PYTHONHASHSEED",
                environment["PYTHONHASHSEED"],
                "nothing beside seed",
                "remove it",
            )
        )
    found += [
        Problem(
            f"secrets.{name}", name, "a name that environment doesn't have", "remove one of them"
        )
        for name in sorted(environment.keys() & secrets.keys())
    ]
    for name, value in environment.items():
        if isinstance(value, str) and _is_secret(name, value):
            allowed = "no passwords and keys: the run's record and Pulumi's state would show them"
            fix = f"name under secrets.{name} where it is kept"
            found.append(Problem(f"environment.{name}", "a secret", allowed, fix))
    return found


def _is_secret(name: str, value: str) -> bool:
    if any(pattern.search(value) for pattern in PATTERNS.values()):
        return True
    return bool(value.strip()) and names_a_secret(name) and not HARMLESS.fullmatch(value)


def _numbers(args: TrainingJobArgs) -> list[Problem]:
    return [
        *whole_number("seed", args.get("seed"), 0, 2**32 - 1),
        *whole_number("nodes", args.get("nodes"), 1, MAX_NODES, "nodes"),
        *whole_number(
            "accelerators", args.get("accelerators"), 0, MAX_ACCELERATORS, "of each node"
        ),
        *whole_number("processes_per_node", args.get("processes_per_node"), 1, 1024, "processes"),
        *whole_number("cpu", args.get("cpu"), 1, 1024, "cores of each node"),
        *whole_number("memory_gib", args.get("memory_gib"), 1, 32_768, "GiB of each node"),
        *whole_number(
            "max_runtime_seconds", args.get("max_runtime_seconds"), 60, MAX_RUNTIME, "seconds"
        ),
        *whole_number("max_restarts", args.get("max_restarts"), 0, MAX_RESTARTS, "of each node"),
    ]
