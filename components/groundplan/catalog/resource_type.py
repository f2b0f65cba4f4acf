"""What is known of a resource type, whichever program uses it.

Sources: the providers' documentation of each type (pulumi-aws 7, pulumi-kubernetes 4),
the AWS price lists, and what a comment at an entry names.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Level(str, Enum):
    """How severe a risk is."""

    HIGH = "high"
    """Data lost, access opened to the world, a service down."""
    MEDIUM = "medium"
    """Work interrupted, access widened, protection removed."""
    LOW = "low"
    """Worth a look."""


@dataclass(frozen=True)
class DataStore:
    """How a type stores data, and what prevents its loss."""

    contents: str
    """What is lost with it: `all objects in it`."""
    level: Level = Level.HIGH
    """How severe the loss is."""
    deletes_contents_if: str = ""
    """The input that must be true to delete it while it isn't empty; the cloud refuses
    otherwise."""
    deletion_protection: str = ""
    """The input that protects it against any deletion."""
    skips_snapshot_if: str = ""
    """The input that, if it is true, skips the final snapshot of a deletion."""
    skips_snapshot_default: bool = False
    """The provider's default of `skips_snapshot_if`."""
    never_snapshots_if: tuple[str, str] = ("", "")
    """An input and the beginning of its value with which no final snapshot is taken."""
    lost_if: tuple[str, str] = ("", "")
    """An input and the value with which a deletion deletes the contents for good, which
    makes `level` HIGH."""
    recovery_window: str = ""
    """The input with the days until a deletion is final."""
    recovery_window_default: int = 0
    """The days that hold where `recovery_window` isn't set."""
    retained_if: str = ""
    """The input that keeps it in the cloud when it leaves the program."""
    needs_protection: bool = False
    """Whether the policy `data-protected` requires Pulumi's `protect` or
    `retainOnDelete` for it."""


@dataclass(frozen=True)
class Service:
    """How others rely on a type while it runs."""

    when_deleted: str
    """What its deletion means, as a clause: `its pods stop`."""
    level: Level = Level.HIGH
    """How severe its deletion is."""
    part: bool = False
    """Whether it is a part of something larger, and isn't reported apart from that."""
    deletion_protection: str = ""
    """The input that protects it against a deletion."""
    retained_if: str = ""
    """The input that keeps it running when it leaves the program."""
    named_by: tuple[str, ...] = ()
    """The inputs by which others find it: a replacement that changes one is a deletion
    to them."""
    when_replaced: str = ""
    """What its replacement means, where that differs from its deletion."""
    level_when_replaced: Level | None = None
    """How severe its replacement is, where that differs from its deletion."""
    read_only: bool = False
    """Whether others only read it: its replacement changes nothing for them, nor does
    its deletion where all of them go too."""


@dataclass(frozen=True)
class Safeguard:
    """What a type watches, records or limits."""

    when_deleted: str
    """What its deletion means, as a clause."""
    level: Level = Level.MEDIUM
    """How severe its deletion is."""


@dataclass(frozen=True)
class Priced:
    """A type that AWS charges for."""

    estimator: str
    """The key of its price estimator in `groundplan.cost.estimate.ESTIMATORS`."""


@dataclass(frozen=True)
class Free:
    """A type that costs nothing by itself."""

    reason: str


@dataclass(frozen=True)
class Unpriced:
    """A type whose price isn't known here. Never counted as zero."""


SETTING = Free("a setting of another resource")
NETWORK = Free("part of a network, which costs nothing by itself")
ACCESS = Free("AWS doesn't charge for access control")
NAME = Free("a name for something else")
ON_NODES = Free("it runs on the cluster's nodes")


@dataclass(frozen=True)
class ResourceType:
    """One resource type.

    All fields but the first three are optional; `cost` is required, so that no type is
    left out of an estimate by mistake.
    """

    tokens: tuple[str, ...]
    """Type tokens of the provider: the current one first, then older ones of the same
    type."""
    name: str
    """The display name, in lower case but for proper names: `NAT gateway`."""
    cost: Priced | Free | Unpriced
    """How it is priced."""
    aliases: tuple[str, ...] = ()
    """Names of the same type in other packages and versions, as `module.Name`:
    `elasticloadbalancingv2.Listener` of aws-native."""
    summary: tuple[str, ...] = ()
    """The inputs that describe it best, in the order in which a reader asks for them.
    `[*]` is every member of a list, `low-high` for a range of two numbers,
    `name=path` names a path."""
    data: DataStore | None = None
    """What data it stores; `None` for none."""
    service: Service | None = None
    """What others rely on while it runs; `None` for nothing."""
    interrupts: str = ""
    """What its deletion or replacement means for training, as a clause; empty for
    nothing."""
    safeguard: Safeguard | None = None
    """What it watches, records or limits; `None` for nothing."""
    create_only: tuple[str, ...] = ()
    """Properties that only configure the creation: a change of one replaces the
    resource and has no other effect."""
    ignored_updates: tuple[str, ...] = ()
    """Properties whose change the provider accepts in place and doesn't apply."""
    immutable_data: bool = False
    """Whether the provider replaces it where its data changes."""

    @property
    def token(self) -> str:
        """The current type token."""
        return self.tokens[0]

    @property
    def key(self) -> str:
        """The type's module and name: `s3.Bucket`, `kubernetes.Deployment`."""
        return key_of(self.token)


@cache
def key_of(token: str) -> str:
    """Returns the module and name of a type token, without a version: `s3.Bucket` for
    `aws:s3/bucketV2:BucketV2`, `kubernetes.Deployment` for
    `kubernetes:apps/v1:Deployment`; anything else as it is."""
    parts = token.split(":")
    if len(parts) != 3:
        return token
    package, module, name = parts
    if package == "kubernetes":
        return f"kubernetes.{name}"
    module = module.split("/")[0]
    return f"{package if module == 'index' else module}.{name}".removesuffix("V2")


@cache
def without_version(token: str) -> str:
    """A type token without its version: `aws:s3/bucket:Bucket` for
    `aws:s3/bucketV2:BucketV2`."""
    module, _, name = token.rpartition(":")
    if not name.endswith("V2"):
        return token
    return f"{module.removesuffix('V2')}:{name.removesuffix('V2')}"


@cache
def derived_name(token: str) -> str:
    """A display name for a type that the catalog doesn't have: its own name in lower
    case, `launch template`."""
    name = key_of(token).rsplit(".", 1)[-1].rsplit(":", 1)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
