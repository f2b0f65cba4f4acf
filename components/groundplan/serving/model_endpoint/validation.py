"""Validates the arguments of a ModelEndpoint."""

from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.problems import MISSING, Problem, one_of, whole_number
from groundplan.serving.model_endpoint import (
    alarms,
    asynchronous,
    capacity,
    gate_args,
    kinds,
    release,
    rollout,
    serverless,
    variants,
)
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.kinds import EndpointKind
from groundplan.serving.model_endpoint.rollout import Fleet
from groundplan.storage.prefixes import prefix_problems

MAX_COMPONENT_NAME = variants.MAX_NAME - len("-config-1234567")
"""What Pulumi's names of the model and the configuration leave for the component's own."""


IMAGES = {
    "al2-ami-sagemaker-inference-gpu-2": "nvidia",
    "al2-ami-sagemaker-inference-gpu-2-1": "nvidia",
    "al2-ami-sagemaker-inference-gpu-3-1": "nvidia",
    "al2023-ami-sagemaker-inference-gpu-4-1": "nvidia",
    "al2-ami-sagemaker-inference-neuron-2": "aws",
}
"""Machine images, and whose accelerators they are for: botocore 1.44.5, sagemaker
service-2.json, `InferenceAmiVersion`."""


def fleet(args: ModelEndpointArgs) -> Fleet:
    """What a rollout of the endpoint moves."""
    found = variants.production(args)
    return Fleet(
        instances=min(variant.instance_count for variant in found),
        variants=len(found),
        shadow="shadow" in args,
        inf1=any(variant.is_inf1 for variant in found),
    )


def validate(args: ModelEndpointArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    name, endpoint_name = context.name, args.get("endpoint_name", context.qualified_name)
    kind = kinds.kind_of(args)
    found = _names(name, endpoint_name) + kinds.problems(args) + variants.problems(args, name)
    if kind is EndpointKind.SERVERLESS:
        found += serverless.problems(args.get("serverless", {}))
    else:
        found += _instances(args, kind) + _rollout(args)
    if kind is EndpointKind.ASYNCHRONOUS:
        found += asynchronous.problems(args.get("asynchronous", {}), "artifacts" in args)
    found += alarms.problems(args.get("alarms", {}), kind, variants.production(args))
    found += release.problems(args) + _data(args, kind)
    found += gate_args.problems(args.get("gates"), kind, release.from_registry(args))
    found += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    subnets = args.get("network", {}).get("subnet_ids")
    if isinstance(subnets, list) and not 1 <= len(subnets) <= 16:  # botocore, `Subnets`
        found.append(
            Problem(
                "network.subnet_ids",
                subnets,
                "1 to 16 subnets",
                "give the private subnets of the VPC",
            )
        )
    return found


def _names(name: str, endpoint_name: str) -> list[Problem]:
    found = []
    for key, value, longest in (
        ("name", name, MAX_COMPONENT_NAME),
        ("endpoint_name", endpoint_name, variants.MAX_NAME),
    ):
        if not variants.NAME.fullmatch(value) or len(value) > longest:
            allowed = f"at most {longest} letters, digits and hyphens, with no hyphen at the ends"
            fix = "rename the component" if key == "name" else "give an endpoint_name that fits"
            found.append(Problem(key, value, allowed, fix))
    return found


def _instances(args: ModelEndpointArgs, kind: EndpointKind) -> list[Problem]:
    found: list[Problem] = []
    size = args.get("volume_size_gb")
    for variant in variants.every(args):
        of_variant = capacity.problems(variant, kind) + capacity.volume_problems(
            variant, "kms_key_arn" in args, size
        )
        found += [problem for problem in of_variant + _image(args, variant) if problem not in found]
    # botocore, `ProductionVariant`.
    found += whole_number("volume_size_gb", size, 1, 512, "GB")
    for key in ("health_check_timeout_seconds", "model_download_timeout_seconds"):
        found += whole_number(key, args.get(key), 60, 3600, "seconds")
    return found + one_of("inference_ami_version", args.get("inference_ami_version"), IMAGES)


def _image(args: ModelEndpointArgs, variant: variants.Variant) -> list[Problem]:
    """Whether the machine image is one for the instance type's accelerators."""
    version = args.get("inference_ami_version", "")
    if version not in IMAGES or variant.accelerator in (None, IMAGES[version]):
        return []
    suited = sorted(name for name, of in IMAGES.items() if of == variant.accelerator)
    allowed = f"{', '.join(suited) or 'nothing'} with {variant.instance_type}"
    return [
        Problem(
            "inference_ami_version",
            version,
            allowed,
            f"use {suited[-1]}" if suited else "remove it",
        )
    ]


def _rollout(args: ModelEndpointArgs) -> list[Problem]:
    minutes = args.get("alarms", {}).get("evaluation_minutes", alarms.EVALUATION_MINUTES)
    # It is the runtime that waits for a release from the registry, as long as it takes.
    patience = None if release.from_registry(args) else rollout.PROVIDER_PATIENCE
    return rollout.problems(fleet(args), args.get("rollout", {}), minutes, patience)


def _data(args: ModelEndpointArgs, kind: EndpointKind) -> list[Problem]:
    capture = args.get("capture", {})
    found = whole_number("capture.percent", capture.get("percent"), 0, 100, "percent")
    found += prefix_problems("capture.prefix", capture.get("prefix", ""))
    has_model = any(variant.model_data is not None for variant in variants.every(args))
    captures = kind is EndpointKind.REAL_TIME and capture.get("percent", bool(capture))
    if (
        "artifacts" not in args
        and kind is not EndpointKind.ASYNCHRONOUS
        and (has_model or captures)
    ):
        needs = "model_data" if has_model else "capture"
        found.append(
            Problem(
                "artifacts",
                MISSING,
                f"the bucket that {needs} is about",
                "give ArtifactBucket.access",
            )
        )
    return found
