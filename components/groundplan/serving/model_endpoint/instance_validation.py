"""The validation of a variant's instances: type, number, autoscaling, volume and
machine image."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.facts import instances
from groundplan.problems import MISSING, Problem, one_of, whole_number
from groundplan.serving.model_endpoint.advice import change, either
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.variant_args import ScalingArgs
from groundplan.serving.model_endpoint.variants import Variant

MACHINE_IMAGES: Mapping[str, str] = {
    "al2-ami-sagemaker-inference-gpu-2": "nvidia",
    "al2-ami-sagemaker-inference-gpu-2-1": "nvidia",
    "al2-ami-sagemaker-inference-gpu-3-1": "nvidia",
    "al2023-ami-sagemaker-inference-gpu-4-1": "nvidia",
    "al2-ami-sagemaker-inference-neuron-2": "aws",
}
"""Machine images -> the manufacturer of the accelerators that they are for: botocore
1.44.5, sagemaker service-2.json, `InferenceAmiVersion`."""
TARGETS = (
    "invocations_per_instance",
    "concurrent_requests_per_instance",
    "backlog_per_instance",
)
"""The targets of autoscaling; the last one is for asynchronous endpoints only."""


def problems(
    variant: Variant, scaling: ScalingArgs, args: ModelEndpointArgs, kind: EndpointKind
) -> list[Problem]:
    """Returns the problems of a variant's instances. `scaling` are the scaling
    arguments that apply to it."""
    return [
        *instance_type(variant, kind),
        *_at_least(variant.key("instance_count"), variant.instance_count, 1),
        *scaling_problems(variant, scaling, kind),
        *volume(variant, "kms_key_arn" in args, args.get("volume_size_gb")),
    ]


def instance_type(variant: Variant, kind: EndpointKind) -> list[Problem]:
    """Returns whether SageMaker hosts the kind of endpoint on the instance type."""
    key = variant.key("instance_type")
    if variant.instance_type is None:
        return [
            Problem(
                key, MISSING, "a SageMaker instance type: ml.m5.large", f"set {key}, or serverless"
            )
        ]
    problems = instances.sagemaker_problems(key, variant.instance_type)
    if variant.is_inf1 and (kind is EndpointKind.ASYNCHRONOUS or variant.path == "shadow."):
        asynchronous = kind is EndpointKind.ASYNCHRONOUS
        what = "an asynchronous endpoint" if asynchronous else "a shadow variant"
        allowed = f"no Inf1 instance for {what}: SageMaker excludes them"
        fix = "use another instance type, such as ml.inf2.xlarge"
        problems.append(Problem(key, variant.instance_type, allowed, fix))
    return problems


def scaling_problems(variant: Variant, args: ScalingArgs, kind: EndpointKind) -> list[Problem]:
    """Returns the problems of a variant's autoscaling."""
    key, own = variant.key("scaling"), dict[str, Any](args)
    count = max(variant.instance_count, 1)
    # A real-time endpoint scales to zero with inference components only (SageMaker AI
    # Developer Guide, "Scale an endpoint to zero instances"), an asynchronous one as it
    # is.
    smallest = 0 if kind is EndpointKind.ASYNCHRONOUS else 1
    unusable = _unusable(key, own, kind)
    problems = []
    for name in TARGETS:
        if f"{key}.{name}" not in {problem.key for problem in unusable}:
            problems += _at_least(f"{key}.{name}", own.get(name), 1)
    for name in ("scale_in_cooldown_seconds", "scale_out_cooldown_seconds"):
        problems += _at_least(f"{key}.{name}", own.get(name), 0)
    low = _at_least(f"{key}.min_instances", own.get("min_instances"), smallest)
    high = _at_least(f"{key}.max_instances", own.get("max_instances"), 1, proposed=count)
    problems += low + high + unusable
    return problems + _limits(variant, key, valid=(not low, not high))


def _unusable(key: str, own: Mapping[str, Any], kind: EndpointKind) -> list[Problem]:
    """Returns the targets that the kind of endpoint doesn't scale by, and the second of
    two."""
    invocations, concurrent, backlog = (f"{key}.{name}" for name in TARGETS)
    if kind is EndpointKind.ASYNCHRONOUS:
        allowed = (
            "nothing on an asynchronous endpoint, which SageMaker doesn't measure by invocations"
        )
        return [
            Problem(f"{key}.{name}", own[name], allowed, f"remove {key}.{name}, and use {backlog}")
            for name in TARGETS[:2]
            if name in own
        ]
    problems = []
    if TARGETS[2] in own:
        allowed = "nothing on a real-time endpoint, which has no queue"
        fix = f"remove {backlog}, and use {invocations} or {concurrent}"
        problems.append(Problem(backlog, own[TARGETS[2]], allowed, fix))
    if all(name in own for name in TARGETS[:2]):
        allowed = f"one metric to scale by: this or {invocations}"
        fix = either(f"remove {concurrent}", f"remove {invocations}")
        problems.append(Problem(concurrent, own[TARGETS[1]], allowed, fix))
    return problems


def _limits(variant: Variant, key: str, valid: tuple[bool, bool]) -> list[Problem]:
    """Returns whether the initial number of instances is within the limits, those that
    are `valid`."""
    if variant.scaling is None or variant.instance_count < 1:
        return []
    problems, count, of_count = [], variant.instance_count, variant.key("instance_count")
    low, high = variant.scaling.min_capacity, variant.scaling.max_capacity
    if low > count and valid[0]:
        raised = change({of_count: low}) if high >= low else ""
        fix = either(change({f"{key}.min_instances": count}), raised)
        allowed = f"at most {count}, the {of_count}"
        problems.append(Problem(f"{key}.min_instances", low, allowed, fix))
    if high < count and valid[1]:
        fix = change({f"{key}.max_instances": count})
        allowed = f"at least {count}, the {of_count}"
        problems.append(Problem(f"{key}.max_instances", high, allowed, fix))
    return problems


def volume(variant: Variant, has_key: bool, size_gb: int | None) -> list[Problem]:
    """Returns what local NVMe, which has a size and an encryption of its own, can't
    have."""
    # Source: API reference `CreateEndpointConfig`, `KmsKeyId`; `ProductionVariant`,
    # `VolumeSizeInGB`.
    if not variant.has_local_nvme:
        return []
    nothing = f"nothing with {variant.instance_type}: its volume is local NVMe"
    problems = []
    if has_key:
        allowed = f"{nothing}, which the instance's hardware encrypts"
        problems.append(Problem("kms_key_arn", "a key", allowed, _no_nvme("kms_key_arn")))
    if size_gb is not None:
        allowed = f"{nothing}, whose size is fixed"
        problems.append(Problem("volume_size_gb", size_gb, allowed, _no_nvme("volume_size_gb")))
    return problems


def _no_nvme(key: str) -> str:
    return f"remove {key}, or use an instance type without local NVMe"


def shared(args: ModelEndpointArgs, variants: Sequence[Variant]) -> list[Problem]:
    """Returns the problems of the arguments that apply to all instances."""
    problems = _machine_image(args.get("inference_ami_version"), variants)
    # botocore, `ProductionVariant`.
    problems += whole_number("volume_size_gb", args.get("volume_size_gb"), 1, 512, "GB")
    for key in ("health_check_timeout_seconds", "model_download_timeout_seconds"):
        problems += whole_number(key, dict[str, Any](args).get(key), 60, 3600, "seconds")
    return problems


def _machine_image(version: str | None, variants: Sequence[Variant]) -> list[Problem]:
    """Returns whether the machine image has the drivers of all variants'
    accelerators."""
    key = "inference_ami_version"
    if version is None or version not in MACHINE_IMAGES:
        return one_of(key, version, MACHINE_IMAGES)
    makers = {variant.accelerator for variant in variants} - {None}
    others = [
        variant
        for variant in variants
        if variant.accelerator not in (None, MACHINE_IMAGES[version])
    ]
    if not others:
        return []
    suited = sorted(name for name, of in MACHINE_IMAGES.items() if makers == {of})
    types = ", ".join(sorted({str(variant.instance_type) for variant in others}))
    allowed = f"{', '.join(suited) or 'nothing'} with {types}"
    fix = change({key: suited[-1]}) if suited else f"remove {key}"
    return [Problem(key, version, allowed, fix)]


def _at_least(key: str, value: int | None, low: int, proposed: int | None = None) -> list[Problem]:
    if value is None or value >= low:
        return []
    fix = change({key: low if proposed is None else proposed})
    return [Problem(key, value, f"a whole number, at least {low}", fix)]
