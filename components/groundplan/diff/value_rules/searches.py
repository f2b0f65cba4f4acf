"""Rules of OpenSearch and Elasticsearch domains, and of Kendra.

Sources: terraform-provider-aws, internal/service (opensearch/domain.go,
elasticsearch/domain.go, kendra/experience.go: CustomizeDiff); Amazon OpenSearch Service
developer guide, Upgrading OpenSearch Service domains: Supported upgrade paths.
"""

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules.conditions import (
    all_of,
    always,
    at,
    becomes,
    is_symbol,
    removed,
    turned_off,
    turned_on,
    unless,
    was,
)
from groundplan.diff.value_rules.rule import (
    Condition,
    Rule,
    Sides,
    Table,
    in_place,
    replaced,
    unknown,
)
from groundplan.diff.value_rules.versions import Version, parsed

LAST_MINOR = {("E", 5): (5, 6), ("E", 6): (6, 8), ("O", 1): (1, 3), ("O", 2): (2, 19)}
"""Engine and major version -> the version that upgrades to the next major one."""


def _engine(value: object, default: str) -> tuple[str, Version] | None:
    """Returns the engine (`E` or `O`) and the numbers of a version."""
    version = parsed(value)
    if version is None:
        return None
    text = str(value)
    name = text.split("_", 1)[0] if "_" in text else default
    return name[:1].upper(), version


def _upgrades(default: str) -> tuple[Rule, ...]:
    """Returns the rules of a domain's version; `default` is the engine of a bare
    number."""
    path = "engineVersion" if default == "OpenSearch" else "elasticsearchVersion"

    def supported(sides: Sides) -> bool | None:
        sides_ = _engine(sides.old, default), _engine(sides.new, default)
        if sides_[0] is None or sides_[1] is None:
            return None
        (engine, old), (other, new) = sides_[0], sides_[1]
        if engine == other and old[0] == new[0]:
            return new >= old
        if engine == "E" and other == "O":
            return new[0] == 1 and old >= (6, 8)
        last = LAST_MINOR.get((engine, old[0]))
        return engine == other and new[0] == old[0] + 1 and last is not None and old[:2] >= last

    def backwards(sides: Sides) -> bool | None:
        sides_ = _engine(sides.old, default), _engine(sides.new, default)
        if sides_[0] is None or sides_[1] is None:
            return None
        (engine, old), (other, new) = sides_[0], sides_[1]
        return (engine, other) == ("O", "E") or (engine == other and new < old)

    return (
        # A version that isn't set is the service's choice.
        unknown(path, lambda sides: sides.old is ABSENT),
        in_place(path, lambda sides: sides.new is ABSENT),
        replaced(path, backwards),
        in_place(path, supported),
        # GetCompatibleVersions of the deployed domain decides.
        unknown(path, always),
    )


def _old_version(path: str, default: str) -> Condition:
    """A version for which encryption is enabled only at creation."""

    def holds(sides: Sides) -> bool | None:
        value = at(sides.after, path)
        if is_symbol(value):
            return None
        engine = _engine(value, default)
        if engine is None:
            # The provider's default of elasticsearchVersion is 1.5; a domain of
            # OpenSearch has the latest version.
            return default == "Elasticsearch"
        return engine[0] == "E" and engine[1] < (6, 7)

    return holds


def _encryption(name: str, default: str) -> tuple[Rule, ...]:
    path = "engineVersion" if default == "OpenSearch" else "elasticsearchVersion"
    return (
        replaced(name, turned_off),
        replaced(name, all_of(turned_on, _old_version(path, default))),
    )


def _domain(default: str) -> tuple[Rule, ...]:
    return (
        *_upgrades(default),
        *_encryption("encryptAtRest.enabled", default),
        *_encryption("nodeToNodeEncryption.enabled", default),
        replaced("advancedSecurityOptions.enabled", turned_off),
    )


RULES: Table = {
    "aws:opensearch/domain:Domain": (
        *_domain("OpenSearch"),
        replaced("ipAddressType", all_of(was("dualstack"), unless(becomes("dualstack")))),
    ),
    "aws:elasticsearch/domain:Domain": _domain("Elasticsearch"),
    "aws:kendra/experience:Experience": (replaced("description", removed),),
}
