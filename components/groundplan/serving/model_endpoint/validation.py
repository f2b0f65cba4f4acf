"""The validation of a ModelEndpoint's arguments: what AWS would refuse, or accept and
then run unsafely."""

from typing import Any

from groundplan.arguments import known
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.model_endpoint import (
    alarm_limits,
    asynchronous,
    instance_validation,
    kinds,
    release,
    rollout,
    serverless,
    variant_validation,
)
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.rollout_args import ALARMS_DEFAULTS
from groundplan.serving.model_endpoint.spec import EndpointSpec, fleet, resolve
from groundplan.serving.model_endpoint.variant_validation import MAX_NAME, NAME
from groundplan.serving.model_endpoint.variants import scaling_args
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems

MAX_COMPONENT_NAME = MAX_NAME - len("-config-1234567")
"""What Pulumi's names of the model and the configuration leave for the component's
own."""
MAX_WITH_SHADOW = MAX_NAME - len("-shadow-model-1234567")
"""The same beside a shadow, whose model has a name of its own."""
MAX_SUBNETS = 16
"""botocore, sagemaker service-2.json, `Subnets`."""


def validate(args: ModelEndpointArgs, context: Context) -> list[Problem]:
    """Returns the problems of an endpoint's arguments."""
    spec = resolve(args, context)
    problems = _names(spec) + kinds.problems(args, spec.kind)
    problems += variant_validation.problems(args, spec.name, spec.all_variants)
    if spec.kind is EndpointKind.SERVERLESS:
        problems += serverless.problems(args.get("serverless", {}))
    else:
        problems += _instances(args, spec) + _rollout(args, spec)
    if spec.kind is EndpointKind.ASYNCHRONOUS:
        problems += asynchronous.problems(args.get("asynchronous", {}), spec.artifacts is not None)
    problems += alarm_limits.problems(args.get("alarms", {}), spec.kind, spec.variants)
    problems += release.problems(args, spec.kind) + _capture(args, spec) + _arns(spec)
    problems += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    subnets = spec.network.subnet_ids if spec.network else None
    if isinstance(subnets, list) and not 1 <= len(subnets) <= MAX_SUBNETS:
        allowed, fix = f"1 to {MAX_SUBNETS} subnets", "set the IDs of private subnets of the VPC"
        problems.append(Problem("network.subnet_ids", subnets, allowed, fix))
    return problems


def _names(spec: EndpointSpec) -> list[Problem]:
    problems = []
    for key, value, longest in (
        ("name", spec.name, MAX_WITH_SHADOW if spec.shadow else MAX_COMPONENT_NAME),
        ("endpoint_name", spec.endpoint_name, MAX_NAME),
    ):
        if known(value) and (not NAME.fullmatch(value) or len(value) > longest):
            allowed = f"at most {longest} letters, digits and hyphens, with no hyphen at the ends"
            fix = "rename the component" if key == "name" else "set an endpoint_name that fits"
            problems.append(Problem(key, value, allowed, fix))
    return problems


def _instances(args: ModelEndpointArgs, spec: EndpointSpec) -> list[Problem]:
    """Returns the problems of all variants' instances; those that several share
    once."""
    problems: list[Problem] = []
    groups: dict[str, Any] = {
        **{f"variants.{name}.": own for name, own in args.get("variants", {}).items()},
        "shadow.": args.get("shadow", {}),
    }
    for variant in spec.all_variants:
        scaling = scaling_args(args, groups.get(variant.path, {}))
        of_variant = instance_validation.problems(variant, scaling, args, spec.kind)
        problems += [problem for problem in of_variant if problem not in problems]
    return problems + instance_validation.shared(args, spec.all_variants)


def _rollout(args: ModelEndpointArgs, spec: EndpointSpec) -> list[Problem]:
    minutes = spec.alarms.evaluation_minutes
    if not 1 <= minutes <= alarm_limits.MAX_EVALUATION_MINUTES:
        minutes = ALARMS_DEFAULTS["evaluation_minutes"]
    # The release runtime waits for a rollout as long as it takes.
    limit = None if spec.release.from_registry else rollout.PROVIDER_TIMEOUT
    moved = fleet(spec.variants, spec.shadow)
    return rollout.problems(moved, args.get("rollout", {}), minutes, limit)


def _capture(args: ModelEndpointArgs, spec: EndpointSpec) -> list[Problem]:
    capture = args.get("capture", {})
    problems = whole_number("capture.percent", capture.get("percent"), 0, 100, "percent")
    problems += prefix_problems("capture.prefix", capture.get("prefix", ""))
    if spec.artifacts is not None or spec.kind is EndpointKind.ASYNCHRONOUS:
        return problems
    has_model = any(variant.model_data is not None for variant in spec.all_variants)
    captures = spec.kind is EndpointKind.REAL_TIME and capture.get("percent", bool(capture))
    if has_model or captures:
        needs = "model_data" if has_model else "capture"
        fix = "set artifacts to the output access of an ArtifactBucket"
        problems.append(Problem("artifacts", MISSING, f"the bucket of {needs}", fix))
    return problems


def _arns(spec: EndpointSpec) -> list[Problem]:
    """Returns the values that aren't ARNs of the expected kind."""
    topics: dict[str, Any] = {
        f"alarms.actions[{index}]": topic for index, topic in enumerate(spec.alarms.actions)
    }
    if spec.queue is not None:
        topics["asynchronous.success_topic_arn"] = spec.queue.success_topic_arn
        topics["asynchronous.error_topic_arn"] = spec.queue.error_topic_arn
    role = spec.execution_role_arn
    return [
        *arns.key_problems("kms_key_arn", spec.kms_key_arn),
        *arns.key_problems("log_kms_key_arn", spec.log_kms_key_arn),
        *arns.of_service("execution_role_arn", role, "iam", "role/"),
        *(p for key, topic in topics.items() for p in arns.of_service(key, topic, "sns")),
    ]
