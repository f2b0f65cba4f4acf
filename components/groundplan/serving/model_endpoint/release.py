"""How new models are released, resolved and validated: by this program (`declared`), or
by the release runtime from the model registry (`registry`)."""

import re
from dataclasses import dataclass

import pulumi

from groundplan.problems import MISSING, Problem, under
from groundplan.release.engine import gate_spec
from groundplan.serving.model_endpoint.advice import change, either
from groundplan.serving.model_endpoint.args import MODEL_ENDPOINT_DEFAULTS, ModelEndpointArgs
from groundplan.serving.model_endpoint.choices import EndpointKind, ReleaseMode
from groundplan.serving.model_endpoint.gate_args import ReleaseGatesArgs
from groundplan.storage.prefixes import prefix_problems

# botocore, sagemaker service-2.json, `ListModelPackagesInput`, `ModelPackageGroupName`.
_GROUP = re.compile(
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:[\S]{1,2048}/)?[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
)
MODELS = "models/"
"""The folder of the models of all training runs (`TrainingJob`, `output_prefix`)."""
_SEVERAL = ("variants", "shadow")
"""The arguments of endpoints with several models; a release has one."""
_OF_REGISTRY = ("model_package_group", "model_prefix", "gates")
"""The arguments of releases from the registry."""


@dataclass(frozen=True)
class Release:
    """How an endpoint's models are released."""

    mode: ReleaseMode
    model_package_group: pulumi.Input[str] | None
    model_prefix: str | None
    """The folder of the versions' models; None for that of `model_data`."""
    gates: ReleaseGatesArgs | None
    """The conditions of a release, as the release target exports them."""

    @property
    def from_registry(self) -> bool:
        """Whether the release runtime releases new models."""
        return self.mode is ReleaseMode.REGISTRY


def resolve(args: ModelEndpointArgs) -> Release:
    """Returns how the endpoint's models are released."""
    mode = ReleaseMode(args.get("release", MODEL_ENDPOINT_DEFAULTS["release"]))
    return Release(
        mode, args.get("model_package_group"), args.get("model_prefix"), args.get("gates")
    )


def problems(args: ModelEndpointArgs, kind: EndpointKind) -> list[Problem]:
    """Returns the problems of the release mode, its group and its gates."""
    release = resolve(args)
    group = release.model_package_group
    problems = []
    if isinstance(group, str) and not _GROUP.fullmatch(group):
        allowed = (
            "the name of a model package group, or its ARN: 1 to 63 letters, digits and single "
            "hyphens"
        )
        fix = "use the name of the group in the registry"
        problems.append(Problem("model_package_group", group, allowed, fix))
    problems += prefix_problems("model_prefix", release.model_prefix or "")
    if not release.from_registry:
        return problems + _declared(args, release)
    if release.model_prefix is not None and "artifacts" not in args:
        fix = "set artifacts to the output access of an ArtifactBucket"
        problems.append(Problem("artifacts", MISSING, "the bucket of model_prefix", fix))
    if group is None:
        allowed = "the group whose versions are released"
        fix = "set model_package_group, or set release to declared"
        problems.append(Problem("model_package_group", MISSING, allowed, fix))
    several = [key for key in _SEVERAL if key in args]
    if several:
        allowed = (
            "declared with several variants: a release from the registry has one model to "
            "release, not several"
        )
        unused = [key for key in _OF_REGISTRY if key in args]
        fix = either(change({}, several), change({"release": "declared"}, unused))
        problems.append(Problem("release", release.mode.value, allowed, fix))
    return problems + under("gates", _gates(args.get("gates"), kind))


def _declared(args: ModelEndpointArgs, release: Release) -> list[Problem]:
    """Returns the arguments of releases from the registry, where there are none."""
    allowed = "nothing, unless release is registry"
    group = release.model_package_group
    possible = group is not None and not any(key in args for key in _SEVERAL)
    switch = change({"release": "registry"}) if possible else ""
    problems = []
    if group is not None:
        fix = either(change({}, ["model_package_group"]), switch)
        problems.append(Problem("model_package_group", group, allowed, fix))
    if release.model_prefix is not None:
        fix = either(change({}, ["model_prefix"]), switch)
        problems.append(Problem("model_prefix", release.model_prefix, allowed, fix))
    if release.gates is not None:
        fix = either(change({}, ["gates"]), switch)
        problems.append(Problem("gates", dict(release.gates), allowed, fix))
    return problems


def _gates(gates: ReleaseGatesArgs | None, kind: EndpointKind) -> list[Problem]:
    """Returns the problems of the gates. The keys begin below `gates`."""
    if gates is None:
        return []
    problems = gate_spec.problems(gates)
    if "smoke" in gates and kind is EndpointKind.ASYNCHRONOUS:
        allowed = "nothing with an asynchronous endpoint: its responses arrive later, in S3"
        fix = "remove gates.smoke; the alarms of the release remain"
        problems.append(Problem("smoke", dict(gates["smoke"]), allowed, fix))
    return problems
