"""Where an invoke is answered: the region, the partition and the account of its
provider."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.facts import regions
from groundplan.manifest.documents import parse_json
from groundplan.manifest.model import symbol

ACCOUNT_KEYS = (
    *("allowedAccountIds", "assumeRoles", "assumeRoleWithWebIdentity", "profile", "accessKey"),
    *("sharedConfigFiles", "sharedCredentialsFiles"),
)
"""Configuration of the AWS provider that selects the account, or says which one it
is."""


@dataclass(frozen=True)
class Place:
    """The region and the account that a provider works in."""

    region: str
    """May be a symbol: `${network.region}`."""
    owner: str = "aws"
    """The beginning of the symbols of the account: `aws`, or the name of the provider
    that has an account of its own."""
    account_id: str = ""
    """The number of the account, where the configuration has it."""
    default_region: str = ""
    """The region of the stack."""
    default_tags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return self._known(regions.partition(self.region), "partition")

    @property
    def dns_suffix(self) -> str:
        return self._known(regions.dns_suffix(regions.partition(self.region)), "dnsSuffix")

    @property
    def account(self) -> str:
        return self.account_id or symbol(f"{self.owner}.accountId")

    @property
    def qualifier(self) -> str:
        """What distinguishes the symbols of this place from those of the stack's: empty
        there, else the region or the provider with an account of its own."""
        parts = [] if self.owner == "aws" else [self.owner]
        if self.default_region and self.region != self.default_region:
            parts.append(re.sub(r"[${}]", "", self.region))
        return ", ".join(parts)

    def _known(self, value: str, name: str) -> str:
        return symbol(f"{self.region[2:-1]}.{name}") if "${" in self.region else value

    def at(self, arguments: Mapping[str, Any]) -> "Place":
        """This place, in the region that the arguments of an invoke name."""
        region = arguments.get("region")
        if not isinstance(region, str) or not region:
            return self
        return Place(
            region,
            self.owner,
            self.account_id,
            self.default_region or self.region,
            self.default_tags,
        )


def of_provider(
    inputs: Mapping[str, Any], name: str, default: "Place", default_inputs: Mapping[str, Any]
) -> Place:
    """Returns the place of an explicit provider. Without a region it has that of the
    environment, which is taken to be the stack's."""
    configured, stack = (_account_settings(side) for side in (inputs, default_inputs))
    region = inputs.get("region")
    return Place(
        region if isinstance(region, str) and region else default.region,
        default.owner if configured == stack else name,
        account_number(inputs),
        default.region,
        tags(inputs),
    )


def _account_settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _data(inputs[key]) for key in ACCOUNT_KEYS if inputs.get(key)}


def account_number(inputs: Mapping[str, Any]) -> str:
    """Returns the account in the configuration of a provider: of the role that it
    assumes last, or the only one that it allows; empty where there is none."""
    roles = _data(inputs.get("assumeRoles")) or []
    role = roles[-1] if isinstance(roles, list) and roles else {}
    # The SDK doesn't translate the keys of a dictionary in a provider's arguments.
    arn = _at(role, "roleArn") or _at(role, "role_arn")
    match = re.match(r"arn:[\w-]+:iam::(\d{12}):", str(arn))
    allowed = _data(inputs.get("allowedAccountIds"))
    if match:
        return match[1]
    if isinstance(allowed, list) and len(allowed) == 1 and re.fullmatch(r"\d{12}", str(allowed[0])):
        return str(allowed[0])
    return ""


def tags(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the default tags in the configuration of a provider."""
    value = _at(_data(inputs.get("defaultTags")), "tags")
    return value if isinstance(value, Mapping) else {}


def _data(value: Any) -> Any:
    """A value of a provider's configuration: objects and lists may be JSON text."""
    document = parse_json(value) if isinstance(value, str) else None
    return value if document is None else document


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
