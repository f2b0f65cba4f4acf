"""The validation of an endpoint's variants, but for their instances."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.sagemaker import images
from groundplan.serving.model_endpoint import model_data
from groundplan.serving.model_endpoint.advice import change, either
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.variants import PRIMARY, Variant

MAX_VARIANTS = 10
"""botocore, sagemaker service-2.json, `ProductionVariantList`."""
MAX_NAME = 63
"""Characters in the name of a SageMaker endpoint, endpoint configuration, model or
variant (botocore, `VariantName`)."""
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_ENVIRONMENT_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
MAX_VARIABLES, MAX_VARIABLE = 100, 1024
"""Variables of a container, and characters of the name and of the value of each
(botocore, `EnvironmentMap`, `EnvironmentKey`, `EnvironmentValue`)."""


def problems(args: ModelEndpointArgs, component: str, variants: Iterable[Variant]) -> list[Problem]:
    """Returns the problems of the variants; those that several share once."""
    problems = _names_and_weights(args, component)
    for variant in variants:
        problems += [problem for problem in _model(variant) if problem not in problems]
    sample = args.get("shadow", {}).get("sample_percent")
    key = "shadow.sample_percent"
    return problems + whole_number(key, sample, 1, 100, "percent of the requests")


def _model(variant: Variant) -> list[Problem]:
    key = variant.key("image")
    problems = images.problems(key, variant.image)
    if variant.image is None:
        problems.append(Problem(key, MISSING, "a container image in ECR", f"set {key}"))
    problems += model_data.problems(variant.key("model_data"), variant.model_data)
    return problems + _environment(variant.key("environment"), variant.environment)


def _environment(key: str, variables: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if len(variables) > MAX_VARIABLES:
        allowed = f"at most {MAX_VARIABLES} variables"
        problems.append(Problem(key, len(variables), allowed, "put several into one, as JSON"))
    for name, value in variables.items():
        if not _ENVIRONMENT_VARIABLE.fullmatch(name):
            allowed = "names of letters, digits and _ that don't begin with a digit"
            problems.append(Problem(f"{key}.{name}", name, allowed, "rename the variable"))
        elif len(name) > MAX_VARIABLE:
            allowed = f"names of at most {MAX_VARIABLE} characters"
            problems.append(Problem(f"{key}.{name}", name, allowed, "rename the variable"))
        if isinstance(value, str) and len(value) > MAX_VARIABLE:
            allowed = f"at most {MAX_VARIABLE} characters"
            fix = "put it into a file of the image or of the model's archive"
            problems.append(Problem(f"{key}.{name}", value, allowed, fix))
    return problems


def _names_and_weights(args: ModelEndpointArgs, component: str) -> list[Problem]:
    if "variants" not in args:
        return []
    variants, problems = args["variants"], list[Problem]()
    names = sorted(variants)
    if not 1 <= len(variants) <= MAX_VARIANTS:
        fix = "remove the weakest ones" if variants else "remove variants"
        allowed = f"1 to {MAX_VARIANTS} variants, by name"
        problems.append(Problem("variants", names, allowed, fix))
    # Pulumi adds seven characters to the model's name and a hyphen.
    longest = min(MAX_NAME, MAX_NAME - len(f"{component}--model-1234567"))
    weights: dict[str, Any] = {name: own.get("weight", 1) for name, own in variants.items()}
    for name, weight in weights.items():
        if not NAME.fullmatch(name) or (name != PRIMARY and len(name) > longest):
            allowed = f"at most {longest} letters, digits and hyphens, with no hyphen at the ends"
            problems.append(Problem(f"variants.{name}", name, allowed, "rename the variant"))
        if not 0 <= weight < math.inf:
            fix = "use 0 for no requests"
            allowed = "a number, at least 0"
            problems.append(Problem(f"variants.{name}.weight", weight, allowed, fix))
    if weights and all(weight == 0 for weight in weights.values()):
        fix = change({f"variants.{names[0]}.weight": 1})
        problems.append(Problem("variants", names, "weights that aren't all 0", fix))
    if "shadow" in args:
        allowed = "one production variant beside a shadow: the endpoint's own arguments describe it"
        fix = either("remove variants", "remove shadow")
        problems.append(Problem("variants", names, allowed, fix))
    return problems
