"""Public access and lost encryption, by the inputs that configure them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, flag, leaves, number, objects
from groundplan.risk.iam import ACCESS
from groundplan.risk.policies import resource_name
from groundplan.risk.retention import bucket_of
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, readable

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")


def public_access_block(context: ChangeContext) -> Iterator[Risk]:
    """A bucket's block of public access that is loosened or deleted."""
    account = context.type in ("s3control.AccountPublicAccessBlock", "s3.AccountPublicAccessBlock")
    if context.type != "s3.BucketPublicAccessBlock" and not account:
        return
    deleted = context.kind is Kind.DELETE
    if deleted and (
        context.old_option("retainOnDelete") or context.owner_change("bucket") is Kind.DELETE
    ):
        return
    off = [
        name
        for name in BLOCKS
        if flag(context.new.get(name)) is not True
        and (not context.old or flag(context.old.get(name)))
    ]
    if off:
        whose = "every bucket of the account" if account else f"the bucket {bucket_of(context)}"
        because = (
            "it is no longer in the program"
            if deleted
            else "; ".join(context.change_text(name) for name in off)
        )
        words = (
            f"{whose} can now be made public: the block of public access is "
            f"{'deleted' if deleted else 'loosened'}."
        )
        yield context.risk(Level.HIGH if context.old else Level.MEDIUM, ACCESS, words, because)


def acl(context: ChangeContext) -> Iterator[Risk]:
    """A bucket with a public ACL."""
    value = at(context.new, "acl")
    if (
        context.type in ("s3.Bucket", "s3.BucketAcl")
        and value in PUBLIC_ACLS
        and at(context.old, "acl") != value
    ):
        whose = (
            context.subject if context.type == "s3.Bucket" else (f"the bucket {bucket_of(context)}")
        )
        does = "read and write" if value == "public-read-write" else "read"
        yield context.risk(
            Level.HIGH, ACCESS, (f"anyone may now {does} {whose}."), context.change_text("acl")
        )


@dataclass(frozen=True)
class Exposure:
    """A value of an input that exposes a resource."""

    path: str
    opens: object
    """The value that exposes it."""
    words: str
    level: Level = Level.MEDIUM
    fresh: Level | None = None
    """The level for a new resource; `None` for no risk."""
    default: object = ABSENT
    """The provider's default."""


HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
_PUBLIC_DATABASE = Exposure(
    "publiclyAccessible", True, "can now be reached from the internet", HIGH, HIGH
)

EXPOSURES = {
    "docdb.Cluster": [_PUBLIC_DATABASE],
    "ec2.AmiLaunchPermission": [
        Exposure("group", "all", "shares the machine image with everyone", HIGH, HIGH)
    ],
    "ec2.Instance": [Exposure("associatePublicIpAddress", True, "gets a public address")],
    "ec2.LaunchTemplate": [
        Exposure(
            "networkInterfaces.associatePublicIpAddress",
            True,
            "now gives its instances public addresses",
        )
    ],
    "ec2.Subnet": [
        Exposure("mapPublicIpOnLaunch", True, "now gives public addresses to what starts in it")
    ],
    "ecs.Service": [
        Exposure(
            "networkConfiguration.assignPublicIp", True, "now gives its tasks public addresses"
        )
    ],
    "eks.Cluster": [
        Exposure(
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            True,
            "grants its creator administrator permissions",
        ),
    ],
    "lambda.FunctionUrl": [
        Exposure(
            "authorizationType", "NONE", "can now be called by anyone on the internet", HIGH, HIGH
        )
    ],
    "elb.LoadBalancer": [
        Exposure("internal", False, ("now faces the internet"), HIGH, default=False)
    ],
    "lb.LoadBalancer": [Exposure("internal", False, "now faces the internet", HIGH, default=False)],
    # MSK Developer Guide, "Turn on public access": off at creation, on later.
    "msk.Cluster": [
        Exposure(
            "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
            "SERVICE_PROVIDED_EIPS",
            "can now be reached from the internet",
            HIGH,
            HIGH,
        )
    ],
    "opensearch.ServerlessCollection": [_PUBLIC_DATABASE],
    "rds.ClusterInstance": [_PUBLIC_DATABASE],
    "rds.Instance": [_PUBLIC_DATABASE],
    "redshift.Cluster": [_PUBLIC_DATABASE],
    "redshiftserverless.Workgroup": [_PUBLIC_DATABASE],
    "sagemaker.Domain": [
        Exposure(
            "appNetworkAccessType",
            "PublicInternetOnly",
            "now connects its notebooks to the internet directly",
            default="PublicInternetOnly",
        )
    ],
    "sagemaker.Model": [
        Exposure(
            "enableNetworkIsolation",
            False,
            "no longer isolates its container from the network: it may send data out",
            default=False,
        )
    ],
    "sagemaker.NotebookInstance": [
        Exposure(
            "directInternetAccess",
            "Enabled",
            "is now connected to the internet directly",
            default="Enabled",
        ),
        Exposure(
            "rootAccess", "Enabled", "now gives its users root access", LOW, default="Enabled"
        ),
    ],
    "sagemaker.TrainingJob": [
        Exposure(
            "enableNetworkIsolation",
            False,
            "no longer isolates its container from the network: it may send data out",
            default=False,
        )
    ],
    "kubernetes.EC2NodeClass": [
        Exposure("spec.associatePublicIPAddress", True, "now gives its instances public addresses"),
        Exposure(
            "spec.metadataOptions.httpTokens",
            "optional",
            "lets any request on its instances fetch the role's credentials (IMDSv1)",
            fresh=MEDIUM,
            default="required",
        ),
    ],
    "ecr.Repository": [
        Exposure(
            "imageTagMutability",
            "MUTABLE",
            "now lets tags be moved to other images",
            LOW,
            default="MUTABLE",
        ),
    ],
}
"""Type -> the values that expose it."""


def exposed(context: ChangeContext) -> Iterator[Risk]:
    """Resources that become reachable, or get access to the internet."""
    for exposure in EXPOSURES.get(context.type, ()) if context.new else ():
        old, new = (
            _simple(at(side, exposure.path), exposure.default)
            for side in (context.old, context.new)
        )
        if new != exposure.opens or (context.old and old == exposure.opens):
            continue
        level = exposure.level if context.old else exposure.fresh
        if level and (not context.old or context.changed(exposure.path)):
            yield context.risk(
                level,
                ACCESS,
                (f"{context.subject} {exposure.words}."),
                context.change_text(exposure.path),
            )


ORIGINS = re.compile(r"(^|\.)allow(ed)?Origins$")


def any_origin(context: ChangeContext) -> Iterator[Risk]:
    """Pages of any site that may now read answers (CORS)."""
    if not (context.old and context.new):
        return
    old = {value for path, value in _origins(context.old)}
    for path, value in _origins(context.new):
        if value == "*" and "*" not in old:
            words = f"pages of any site may now read the answers of {context.subject}."
            yield context.risk(LOW, ACCESS, words, f"{path}: *")
            return


def _origins(inputs: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yields the origins that an input allows, with their paths."""
    for path, value in leaves(inputs):
        plain = re.sub(r"\[\d+\]", "", path)
        if ORIGINS.search(plain):
            for origin in value if isinstance(value, list) else [value]:
                yield plain, origin


def instance_metadata(context: ChangeContext) -> Iterator[Risk]:
    """Instances whose role credentials any process (IMDSv1), or any container, can
    fetch."""
    old, new = (
        _text(at(side, "metadataOptions.httpTokens")) for side in (context.old, context.new)
    )
    if context.new and context.type in (
        "ec2.LaunchTemplate",
        "ec2.Instance",
        "ec2.LaunchConfiguration",
    ):
        if (old == "required" and new != "required") or (not context.old and new == "optional"):
            words = (
                f"{context.subject} lets any request on its instances fetch the role's "
                "credentials (IMDSv1)."
            )
            yield context.risk(
                MEDIUM, ACCESS, words, context.change_text("metadataOptions.httpTokens")
            )
        path = "metadataOptions.httpPutResponseHopLimit"
        hops = [number(value) for value in context.values(path)]
        if context.old and hops[0] is not None and hops[1] is not None and hops[0] <= 1 < hops[1]:
            words = (
                f"{context.subject} lets containers on its instances fetch the instance's "
                "credentials."
            )
            yield context.risk(LOW, ACCESS, words, context.change_text(path))


KEYS = re.compile(
    r"(^|\.)(kmsKeyId|kmsKeyArn|kmsKey|kmsMasterKeyId|kmsMasterKeyArn|keyArn|encryptionKey|storageKmsKeyId)$"
)
"""Inputs with an encryption key."""

ENCRYPTED = re.compile(
    r"(^|\.)(encrypted|storageEncrypted|atRestEncryptionEnabled|transitEncryptionEnabled|sqsManagedSseEnabled|encryptAtRest\.enabled"
    r"|nodeToNodeEncryption\.enabled|enableKeyRotation|serverSideEncryption\.enabled|enableInterContainerTrafficEncryption)$"
)
"""Inputs that enable encryption or key rotation."""


def unencrypted(context: ChangeContext) -> Iterator[Risk]:
    """Encryption, or a customer managed key, that is removed."""
    if context.kind not in (Kind.UPDATE, Kind.REPLACE):
        return
    new = dict(leaves(context.new))
    for path, was in leaves(context.old):
        plain, now = re.sub(r"\[\d+\]", "", path), new.get(path)
        if KEYS.search(plain) and was and not now:
            words = f"{context.subject} no longer encrypts with the key {_key(was)}."
            if context.type == "s3.BucketServerSideEncryptionConfiguration":
                words = (
                    f"the bucket {bucket_of(context)} no longer encrypts new objects with the "
                    f"key {_key(was)}."
                )
            yield context.risk(MEDIUM, ACCESS, words, change_text(path, was, now))
        elif ENCRYPTED.search(plain) and flag(was) and not flag(now):
            rotation = plain.endswith("enableKeyRotation")
            what = (
                "no longer rotates its key every year"
                if rotation
                else "no longer encrypts its data"
            )
            yield context.risk(
                LOW if rotation else MEDIUM,
                ACCESS,
                (f"{context.subject} {what}."),
                change_text(path, was, now),
            )


def bucket_encryption(context: ChangeContext) -> Iterator[Risk]:
    """A bucket whose encryption configuration is deleted: S3's own key encrypts new
    objects."""
    if (
        context.type != "s3.BucketServerSideEncryptionConfiguration"
        or not context.old
        or context.kind is not Kind.DELETE
    ):
        return
    key = at(context.old, "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId")
    if (
        key is not ABSENT
        and not context.old_option("retainOnDelete")
        and context.owner_change("bucket") is not Kind.DELETE
    ):
        words = (
            f"the bucket {bucket_of(context)} no longer encrypts new objects with the key "
            f"{_key(key)}."
        )
        yield context.risk(MEDIUM, ACCESS, words, f"{context.name} is no longer in the program")


def internet_route(context: ChangeContext) -> Iterator[Risk]:
    """A private subnet that gets a route to the internet, or one that bypasses the NAT
    gateway."""
    table = "routeTableId"
    if context.type == "ec2.Route" and not context.old and _is_way_out(context.new):
        if context.owner_change(table) is not Kind.CREATE:
            name = resource_name(str(context.new.get(table)))
            words = (
                f"the route table {name} gets a route to the internet: its subnets become public."
            )
            yield context.risk(MEDIUM, ACCESS, words, f"+ {context.noun} {context.name}")
        return
    if context.type == "ec2.RouteTable" and context.old and context.new:
        before, after = (
            any(map(_is_way_out, objects(side.get("routes"))))
            for side in (context.old, context.new)
        )
        if after and not before:
            words = f"{context.subject} gets a route to the internet: its subnets become public."
            yield context.risk(MEDIUM, ACCESS, words, context.change_text("routes"))
        return
    way_out = (
        context.type == "ec2.Route"
        and context.old
        and context.new.get("destinationCidrBlock") == "0.0.0.0/0"
    )
    if way_out and context.old.get("natGatewayId") and context.new.get("gatewayId"):
        words = (
            f"{context.subject} routes to the internet directly, in place of through a NAT "
            "gateway: its subnets become public."
        )
        yield context.risk(
            MEDIUM,
            ACCESS,
            words,
            (f"{context.change_text('natGatewayId')}; {context.change_text('gatewayId')}"),
        )


def _is_way_out(route: Mapping[str, Any]) -> bool:
    """Returns whether a route leads to the internet by an internet gateway; a virtual
    private gateway (`vgw-`) is another input of AWS, and the same of the provider."""
    everywhere = {
        str(route.get(key))
        for key in (
            "destinationCidrBlock",
            "cidrBlock",
            "destinationIpv6CidrBlock",
            "ipv6CidrBlock",
        )
    } & {"0.0.0.0/0", "::/0"}
    gateway = str(route.get("gatewayId") or "")
    return bool(everywhere and gateway) and not gateway.startswith(("vgw-", "local", "vpce-"))


def _simple(value: object, default: object) -> object:
    if value is ABSENT:
        return default
    switch = flag(value)
    return value if switch is None else switch


def _text(value: object) -> str:
    return "" if value is ABSENT else str(value)


def _key(value: object) -> str:
    return readable(str(value))
