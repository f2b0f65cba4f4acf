"""Registers an environment from its description."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import role_limits
from description import Call, Component, Environment, Provider, replaced
from groundplan.definitions import definition
from groundplan.locks import transformation
from groundplan.locks.model import Lock
from groundplan.settings_key import configured_by
from role_limits import IamSettings


def limit_roles(iam: IamSettings) -> None:
    """Gives all roles of the stack their path and boundary: those of components too."""

    def limited(
        resource: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        added = role_limits.inputs(iam, resource.type_)
        if not added:
            return None
        return pulumi.ResourceTransformationResult({**resource.props, **added}, resource.opts)

    pulumi.runtime.register_stack_transformation(limited)


def register(environment: Environment, lock: Lock | None = None) -> dict[str, Any]:
    """Registers all components, with the images that the lock has. Returns the stack's
    exports."""
    registered: dict[str, Any] = {}
    if lock:
        transformation.apply(lock)
    if environment.iam:
        limit_roles(environment.iam)

    def resolved(value: Any) -> Any:
        return replaced(value, lambda reference: reference.resolve(registered))

    for step in environment.steps:
        args: Any = resolved(step.args)
        if isinstance(step, Component):
            provider = step.provider.resolve(registered) if step.provider else None
            opts = pulumi.ResourceOptions(
                providers=[provider] if provider else None,
                depends_on=[registered[name] for name in step.depends_on],
            )
            with configured_by(step.key):  # a preview leads to these settings
                registered[step.reference] = definition(step.type).load()(step.name, args, opts)
        elif isinstance(step, Provider):
            # Children do not wait for what their component depends on, but they do wait
            # for their provider.
            after = [registered[name] for name in step.depends_on]
            opts = pulumi.ResourceOptions(depends_on=after)
            registered[step.name] = kubernetes.Provider(step.name, **args, opts=opts)
        elif isinstance(step, Call):
            getattr(registered[step.component], step.method)(**args)
    exports: dict[str, Any] = resolved(environment.exports)
    return exports
