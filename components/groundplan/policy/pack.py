"""Makes a manifest of what the Pulumi engine shows a policy pack: the same rules judge
a real `pulumi preview` and `up`.

It knows the shapes of `pulumi_policy`, and doesn't import it: the pack in the top-level
folder policy/ does.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from groundplan.manifest.model import STACK_TYPE, Manifest, Resource, symbol
from groundplan.policy.finding import Breach, Rule, Severity

UNKNOWN = symbol("unknown")

GRAVE = (Severity.CRITICAL, Severity.HIGH)
"""What stops a deployment; the rest is advice."""

ADVICE = ("no-secret-in-environment",)
"""Rules that advise only: `pulumi_policy` hands over Pulumi's secrets as plain text, so
that they can't be told from leaks."""


class Shown(Protocol):
    """A resource as the engine shows it: `pulumi_policy.PolicyResource`."""

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
    """The manifest of a stack. `inputs`: URN -> the inputs as `plain` read them;
    without, the outputs stand in for them.

    `unknown` is what reading an unknown value raises:
    `pulumi_policy.proxy.UnknownValueError`. The engine shows whether a resource is
    protected, not whether it is kept when it leaves the program.
    """
    made = []
    for shown in resources:
        depends = {
            key: tuple(sorted(d.urn for d in found))
            for key, found in shown.property_dependencies.items()
        }
        made.append(
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
    first = made[0].urn.split("::") if made else ["urn:pulumi:", ""]
    return Manifest(
        first[1],
        first[0].rsplit(":", 1)[-1],
        tuple(sorted(made, key=lambda resource: resource.urn)),
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
    """(name, whether it stops a deployment, severities) of the policies that a rule
    becomes: each has one level only."""
    if rule.severity in GRAVE and rule.name not in ADVICE:
        yield rule.name, True, GRAVE
        yield (
            f"{rule.name}-advice",
            False,
            [severity for severity in Severity if severity not in GRAVE],
        )
    else:
        yield rule.name, False, list(Severity)


def breaches(rule: Rule, manifest: Manifest, severities: Collection[Severity]) -> Iterator[Breach]:
    """What a rule finds of some severities."""
    for resource in manifest.resources:
        for breach in rule.check(resource, manifest):
            if (breach.severity or rule.severity) in severities:
                yield breach


def told(rule: Rule, breach: Breach) -> str:
    """A breach as the engine prints it, with its fix."""
    where = f" ({breach.property})" if breach.property else ""
    return f"{breach.reason}{where}. Fix: {breach.fix or rule.fix}."
