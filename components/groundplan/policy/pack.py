"""Converts the resources that the Pulumi engine passes to a policy pack to a manifest,
so that the same rules check a real `pulumi preview` and `up`.

It uses the shapes of `pulumi_policy`, and doesn't import it: the pack in the top-level
folder policy/ does."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from groundplan.manifest.model import STACK_TYPE, Manifest, Resource, symbol
from groundplan.policy.finding import Breach, Rule, Severity

UNKNOWN = symbol("unknown")

COMPONENT = "::groundplan:index:"
"""Part of the URN of a component's resource, whose settings have the component's
arguments."""

MANDATORY = (Severity.CRITICAL, Severity.HIGH)
"""Severities that stop a deployment; the others are advisory."""

ADVISORY = ("no-secret-in-environment",)
"""Rules that are always advisory: `pulumi_policy` passes Pulumi's secrets as plain
text, so that they can't be distinguished from leaks."""


class Shown(Protocol):
    """A resource as the engine passes it: `pulumi_policy.PolicyResource`."""

    urn: str
    resource_type: str
    name: str
    props: Mapping[str, Any]
    opts: Any
    provider: Any
    parent: Any
    property_dependencies: Any


def manifest_of(
    resources: Iterable[Shown], inputs: Mapping[str, Mapping[str, Any]], unknown: type[Exception]
) -> Manifest:
    """Returns the manifest of a stack. `inputs`: URN -> the inputs as `plain` returned
    them; the outputs are used for a URN that isn't there.

    `unknown` is the exception on reading an unknown value:
    `pulumi_policy.proxy.UnknownValueError`. The engine passes the option protect, but
    not retainOnDelete."""
    converted = []
    for shown in resources:
        depends = {
            key: tuple(sorted(d.urn for d in targets))
            for key, targets in shown.property_dependencies.items()
        }
        converted.append(
            Resource(
                urn=shown.urn,
                type=shown.resource_type,
                name=shown.name,
                parent=shown.parent.urn
                if shown.parent and shown.parent.resource_type != STACK_TYPE
                else None,
                custom=shown.provider is not None,
                inputs=inputs[shown.urn] if shown.urn in inputs else plain(shown.props, unknown),
                property_dependencies={key: urns for key, urns in sorted(depends.items()) if urns},
                options={"protect": True} if shown.opts.protect else {},
            )
        )
    first = converted[0].urn.split("::") if converted else ["urn:pulumi:", ""]
    return Manifest(
        first[1],
        first[0].rsplit(":", 1)[-1],
        tuple(sorted(converted, key=lambda resource: resource.urn)),
    )


def plain(value: Any, unknown: type[Exception]) -> Any:
    """A value as a manifest has it: whole numbers as such (the engine's are floats),
    `${unknown}` for what isn't known."""
    if isinstance(value, Mapping):
        return {key: _item(value, key, unknown) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index, unknown) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return (
        value
        if value is None or isinstance(value, str | bool | int | float)
        else {"asset": type(value).__name__}
    )


def _item(container: Any, key: Any, unknown: type[Exception]) -> Any:
    try:
        return plain(container[key], unknown)
    except unknown:
        return UNKNOWN


def parts(rule: Rule) -> Iterator[tuple[str, bool, Collection[Severity]]]:
    """(name, whether it stops a deployment, severities) of the policies of a rule: each
    has one enforcement level only."""
    if rule.severity in MANDATORY and rule.name not in ADVISORY:
        yield rule.name, True, MANDATORY
        yield (
            f"{rule.name}-advice",
            False,
            [severity for severity in Severity if severity not in MANDATORY],
        )
    else:
        yield rule.name, False, list(Severity)


def breaches(rule: Rule, manifest: Manifest, severities: Collection[Severity]) -> Iterator[Breach]:
    """Yields the breaches of a rule that have one of some severities."""
    for resource in manifest.resources:
        for breach in rule.check(resource, manifest):
            if (breach.severity or rule.severity) in severities:
                yield breach


def violation_text(rule: Rule, breach: Breach) -> str:
    """Returns the text of a breach, with its fix; of a resource of a component also
    that of a stack file, as the engine doesn't say which of both configures it."""
    where = f" ({breach.property})" if breach.property else ""
    text = f"{breach.reason}{where}. Fix: {breach.fix or rule.fix}."
    settings_fix = breach.settings_fix or rule.settings_fix
    if settings_fix and COMPONENT in breach.urn:
        text += f" In settings: {settings_fix}."
    return text
