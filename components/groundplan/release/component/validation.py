"""Validates the arguments of a ReleaseRuntime."""

from groundplan.context import Context
from groundplan.lambda_functions import operation
from groundplan.problems import Problem
from groundplan.release.component.args import RELEASE_RUNTIME_DEFAULTS, ReleaseRuntimeArgs
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems

MAX_TARGETS = 7
"""A role holds 10,240 characters of inline policies (IAM quotas), of which a target
with the longest names takes some 700; and an event pattern has 2,048 (EventBridge
quotas)."""


def validate(args: ReleaseRuntimeArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = operation.problems(args)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    count = len(args.get("targets", {}))
    if "targets" in args and not 1 <= count <= MAX_TARGETS:
        fix = (
            "split them among several"
            if count
            else "give the release_target of an endpoint whose release is registry"
        )
        found.append(
            Problem("targets", sorted(args["targets"]), f"1 to {MAX_TARGETS} endpoints", fix)
        )
    found += prefix_problems(
        "audit_prefix", args.get("audit_prefix", RELEASE_RUNTIME_DEFAULTS["audit_prefix"])
    )
    if args.get("audit_prefix") == "":
        fix = f"write {RELEASE_RUNTIME_DEFAULTS['audit_prefix']}"
        found.append(
            Problem("audit_prefix", "", "a folder: the function may write all that is in it", fix)
        )
    prefixes = args.get("evaluation_prefixes", ())
    for index, prefix in enumerate(prefixes):
        key = f"evaluation_prefixes[{index}]"
        found += prefix_problems(key, prefix)
        if not prefix:
            allowed = "a folder: the function would read the whole bucket"
            found.append(Problem(key, "", allowed, "name the folder of the evaluations"))
        elif prefix in prefixes[:index]:
            found.append(Problem(key, prefix, "each folder once", "remove it"))
    return found
