"""The variants of an endpoint, with their defaults filled in, and their rules.

An endpoint without `variants` has one, `primary`, which the endpoint's own arguments
describe.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi

from groundplan.facts import instances
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.sagemaker import images
from groundplan.serving.model_endpoint import model_data
from groundplan.serving.model_endpoint.capacity import ScalingArgs
from groundplan.serving.model_endpoint.kinds import EndpointKind, kind_of

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs

PRIMARY = "primary"
"""Name of the one production variant. It never changes: SageMaker rolls out in steps
only between variants of one name."""
SHADOW = "shadow"
"""Name of the shadow variant."""
MAX_VARIANTS = 10
"""botocore, sagemaker service-2.json, `ProductionVariantList`."""
MAX_NAME = 63
"""Characters in the name of a SageMaker endpoint, endpoint configuration, model or
variant (botocore, `VariantName`)."""
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True)
class Variant:
    """A variant with its defaults filled in."""

    name: str
    image: pulumi.Input[str] | None
    model_data: str | None
    environment: Mapping[str, pulumi.Input[str]]
    instance_type: str | None
    instance_count: int
    weight: float
    """Of a shadow: the share of requests that it gets a copy of."""
    scaling: ScalingArgs
    path: str
    """Where it stands in the arguments: ``, `variants.challenger.`, `shadow.`."""
    own: frozenset[str]
    """What is said there, and not only at the endpoint."""

    def key(self, field: str) -> str:
        """The argument that a value comes from."""
        return f"{self.path}{field}" if field.split(".")[0] in self.own else field

    @property
    def gpus(self) -> int:
        """GPUs of one instance."""
        facts = instances.find(self.instance_type or "")
        return facts.accelerator_count if facts is not None and facts.has_gpu else 0

    @property
    def accelerator(self) -> str | None:
        """Whose accelerators it has: `nvidia`, `aws`; empty without any, `None` if the
        instance type isn't known."""
        facts = instances.find(self.instance_type or "")
        return None if facts is None else facts.accelerator_manufacturer

    @property
    def has_local_nvme(self) -> bool:
        """Whether the instances keep their data on local NVMe."""
        facts = instances.find(self.instance_type or "")
        return facts is not None and facts.local_nvme_gb > 0

    @property
    def is_inf1(self) -> bool:
        """Whether it runs on first Inferentia instances, which SageMaker excludes from
        much."""
        return (self.instance_type or "").startswith("ml.inf1.")


def prefix(component: str, variant: str) -> str:
    """What the names of a variant's resources begin with; those of `primary` are the
    endpoint's own."""
    return component if variant == PRIMARY else f"{component}-{variant}"


def production(args: "ModelEndpointArgs") -> list[Variant]:
    """The production variants, by name: their order in the arguments must not make a
    rollout."""
    given = args.get("variants")
    if not given:
        return [_variant(PRIMARY, args, {}, "", 1.0)]
    return [
        _variant(name, args, own, f"variants.{name}.", own.get("weight", 1.0))
        for name, own in sorted(given.items())
    ]


def shadow(args: "ModelEndpointArgs") -> Variant | None:
    """The shadow variant, if there is one."""
    own = args.get("shadow")
    # For all requests both have the weight 1 (Developer Guide, "Shadow variants"). That
    # less is a share of the production variant's weight, AWS doesn't say; it is how the
    # weights of production variants work.
    return (
        None
        if own is None
        else _variant(SHADOW, args, own, "shadow.", own.get("sample_percent", 100) / 100)
    )


def every(args: "ModelEndpointArgs") -> list[Variant]:
    """All variants, the shadow last."""
    copy = shadow(args)
    return production(args) + ([copy] if copy else [])


def instance_count(args: "ModelEndpointArgs") -> int:
    """Instances where none are asked for: two survive the loss of one; a queue survives
    it anyway."""
    return args.get("instance_count", 1 if kind_of(args) is EndpointKind.ASYNCHRONOUS else 2)


def _variant(
    name: str, args: "ModelEndpointArgs", given: Mapping[str, Any], path: str, weight: float
) -> Variant:
    own = cast(dict[str, Any], given)
    scaling: ScalingArgs = {**args.get("scaling", {})}
    if "instance_count" in own:
        scaling.pop("min_instances", None)
        scaling.pop("max_instances", None)
    return Variant(
        name=name,
        image=own.get("image", args.get("image")),
        model_data=own.get("model_data", args.get("model_data")),
        environment={**args.get("environment", {}), **own.get("environment", {})},
        instance_type=own.get("instance_type", args.get("instance_type")),
        instance_count=own.get("instance_count", instance_count(args)),
        weight=weight,
        scaling=own.get("scaling", scaling),
        path=path,
        own=frozenset(own),
    )


def problems(args: "ModelEndpointArgs", component: str) -> list[Problem]:
    """What is wrong with the variants, apart from their instances; what several share
    is said once."""
    found = _mapping(args, component)
    for variant in every(args):
        found += [problem for problem in _one(variant) if problem not in found]
    sample = args.get("shadow", {}).get("sample_percent")
    return found + whole_number("shadow.sample_percent", sample, 1, 100, "percent of the requests")


def _one(variant: Variant) -> list[Problem]:
    key = variant.key("image")
    found = (
        [Problem(key, MISSING, "a container image in ECR", f"give {key}")]
        if variant.image is None
        else []
    )
    found += images.problems(key, variant.image)
    found += model_data.problems(variant.key("model_data"), variant.model_data)
    for name in variant.environment:
        if not _VARIABLE.fullmatch(name):
            allowed = "names of letters, digits and _ that don't begin with a digit"
            found.append(
                Problem(
                    f"{variant.key('environment')}.{name}", name, allowed, "rename the variable"
                )
            )
    return found


def _mapping(args: "ModelEndpointArgs", component: str) -> list[Problem]:
    if "variants" not in args:
        return []
    given, found = args["variants"], []
    if not 1 <= len(given) <= MAX_VARIANTS:
        fix = "leave it out for one variant" if not given else "take the weakest ones out"
        found.append(
            Problem("variants", sorted(given), f"1 to {MAX_VARIANTS} variants, by name", fix)
        )
    # Pulumi adds seven characters to the model's name and a hyphen.
    longest = min(MAX_NAME, MAX_NAME - len(f"{component}--model-1234567"))
    for name, own in given.items():
        if not NAME.fullmatch(name) or (name != PRIMARY and len(name) > longest):
            allowed = f"at most {longest} letters, digits and hyphens, with no hyphen at the ends"
            found.append(Problem(f"variants.{name}", name, allowed, "rename the variant"))
        if own.get("weight", 1) < 0:
            found.append(
                Problem(
                    f"variants.{name}.weight",
                    own["weight"],
                    "a number, at least 0",
                    "use 0 for no requests",
                )
            )
    if given and not any(own.get("weight", 1) > 0 for own in given.values()):
        found.append(
            Problem(
                "variants",
                sorted(given),
                "weights that aren't all 0",
                "give one of them a weight above 0",
            )
        )
    if "shadow" in args:
        allowed = "one production variant beside a shadow: the one that the endpoint's own arguments describe"
        found.append(Problem("variants", sorted(given), allowed, "remove variants or shadow"))
    return found
