"""Checks that a stack meets the level of delivery that it declares."""

from collections.abc import Iterator

from groundplan.delivery_levels.assessment import level_of
from groundplan.delivery_levels.demands import DEMANDS
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    # All at the first resource: a demand can be one on the whole stack.
    if resource is not manifest.resources[0]:
        return
    level = level_of(manifest.outputs)
    for demand in DEMANDS if level else ():
        if level is None or demand.level.number > level.number or not demand.of_manifest:
            continue
        for shortfall in demand.of_manifest(manifest):
            reason = f"{shortfall.reason}, and {level.value} demands {demand.name}"
            fix = demand.fix
            yield Breach(shortfall.urn or resource.urn, reason, fix=fix, settings_fix=fix)


RULE = Rule(
    name="delivery-level-met",
    severity=Severity.MEDIUM,
    summary="A stack meets the level of delivery that it declares.",
    reason=(
        "Who reads the level relies on it: on a rollback that happens by itself, or on a person "
        "who has approved."
    ),
    fix="meet the demand, or export a lower deliveryLevel",
    settings_fix="meet the demand, or declare a lower delivery.level",
    check=check,
    url=(
        "https://docs.aws.amazon.com/whitepapers/latest/"
        "practicing-continuous-integration-continuous-delivery/welcome.html"
    ),
)
