"""The SageMaker instances that a stack starts, by what they are used for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.plan import Plan, known, mapping, mappings, whole

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
TARGET = "aws:appautoscaling/target:Target"
MACHINE = "aws:sfn/stateMachine:StateMachine"


@dataclass(frozen=True)
class InstanceNeed:
    """Instances of one type for one use."""

    resource: Resource
    """The resource that starts them."""
    region: str
    type: str
    use: str
    """As Service Quotas names it: `endpoint usage`."""
    now: int
    most: int
    """At its largest size, with both fleets of an update."""

    @property
    def quota(self) -> str:
        """The name of the quota: `ml.g5.xlarge for endpoint usage`."""
        return f"{self.type} for {self.use}"


def of(plan: Plan) -> tuple[InstanceNeed, ...]:
    """Returns all of a plan, in the order of `up`."""
    found = [*_endpoints(plan), *_notebooks(plan), *_jobs(plan)]
    return tuple(sorted(found, key=lambda need: plan.steps[need.resource.urn]))


def _endpoints(plan: Plan) -> Iterator[InstanceNeed]:
    for endpoint in plan.of_type(ENDPOINT):
        named = endpoint.inputs.get("endpointConfigName")
        configuration = plan.referenced(named, CONFIGURATION)
        if configuration is None:
            continue
        for key in ("productionVariants", "shadowProductionVariants"):
            for variant in mappings(configuration.inputs.get(key)):
                kind = known(variant.get("instanceType"))
                now = whole(variant.get("initialInstanceCount")) or 0
                if kind:
                    most = max(now, _scaled(plan, endpoint, str(variant.get("variantName"))))
                    most *= _fleets(endpoint)
                    yield InstanceNeed(
                        endpoint, plan.region(endpoint), kind, "endpoint usage", now, most
                    )


def _scaled(plan: Plan, endpoint: Resource, variant: str) -> int:
    """Returns the instances that a variant may scale to."""
    name = known(endpoint.inputs.get("name"))
    path = f"/variant/{variant}"
    for target in plan.of_type(TARGET):
        resource = str(target.inputs.get("resourceId"))
        if resource.endswith(path) and (
            (name and f"/{name}/" in resource) or f"${{{endpoint.name}." in resource
        ):
            return whole(target.inputs.get("maxCapacity")) or 0
    return 0


def _fleets(endpoint: Resource) -> int:
    """Returns the fleets that run during an update: a blue/green deployment has both
    (SageMaker Developer Guide, "Blue/Green Deployments")."""
    return 2 if mapping(endpoint.inputs.get("deploymentConfig")).get("blueGreenUpdatePolicy") else 1


def _notebooks(plan: Plan) -> Iterator[InstanceNeed]:
    for notebook in plan.of_type(NOTEBOOK):
        kind = known(notebook.inputs.get("instanceType"))
        if kind:
            region = plan.region(notebook)
            yield InstanceNeed(notebook, region, kind, "notebook instance usage", 1, 1)


def _jobs(plan: Plan) -> Iterator[InstanceNeed]:
    """Training and processing jobs that a state machine starts."""
    for machine in plan.of_type(MACHINE):
        definition = machine.inputs.get("definition")
        try:
            document = json.loads(definition) if isinstance(definition, str) else definition
        except ValueError:
            continue
        for state in _states(document):
            parameters = mapping(state.get("Parameters") or state.get("Arguments"))
            service = str(state.get("Resource", "")).partition("sagemaker:")[2]
            if service.startswith("createTrainingJob"):
                settings = mapping(parameters.get("ResourceConfig"))
                spot = parameters.get("EnableManagedSpotTraining") is True
                use = "spot training job usage" if spot else "training job usage"
            elif service.startswith("createProcessingJob"):
                settings = mapping(
                    mapping(parameters.get("ProcessingResources")).get("ClusterConfig")
                )
                use = "processing job usage"
            elif service.startswith("createTransformJob"):
                settings = mapping(parameters.get("TransformResources"))
                use = "transform job usage"
            else:
                continue
            kind, count = known(settings.get("InstanceType")), whole(settings.get("InstanceCount"))
            if kind.startswith("ml."):
                yield InstanceNeed(machine, plan.region(machine), kind, use, 0, count or 1)


def _states(document: object) -> Iterator[dict[str, object]]:
    """Yields all states of a definition, those in Map and Parallel too."""
    if isinstance(document, dict):
        if "Resource" in document:
            yield document
        for value in document.values():
            yield from _states(value)
    elif isinstance(document, list):
        for value in document:
            yield from _states(value)
