"""Things that turn public or lose their encryption: switches and lists, wherever a
provider keeps them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import Case, at, flag, leaves, number
from groundplan.risk.iam import ACCESS
from groundplan.risk.retention import bucket_of
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import moved, spoken

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")


def public_access_block(case: Case) -> Iterator[Danger]:
    """A bucket's block of public access that is loosened or goes."""
    account = case.type in ("s3control.AccountPublicAccessBlock", "s3.AccountPublicAccessBlock")
    if case.type != "s3.BucketPublicAccessBlock" and not account:
        return
    goes = case.kind is Kind.DELETE
    if goes and (case.was("retainOnDelete") or case.owner("bucket") is Kind.DELETE):
        return
    off = [
        name
        for name in BLOCKS
        if flag(case.new.get(name)) is not True and (not case.old or flag(case.old.get(name)))
    ]
    if off:
        whose = "every bucket of the account" if account else f"the bucket {bucket_of(case)}"
        because = (
            "it is no longer in the program"
            if goes
            else "; ".join(case.moved(name) for name in off)
        )
        words = f"{whose} can now be made public: the block of public access is {'gone' if goes else 'loosened'}."
        yield case.danger(Level.HIGH if case.old else Level.MEDIUM, ACCESS, words, because)


def acl(case: Case) -> Iterator[Danger]:
    """A bucket whose objects everyone may read."""
    value = at(case.new, "acl")
    if (
        case.type in ("s3.Bucket", "s3.BucketAcl")
        and value in PUBLIC_ACLS
        and at(case.old, "acl") != value
    ):
        whose = case.told if case.type == "s3.Bucket" else f"the bucket {bucket_of(case)}"
        does = "read and write" if value == "public-read-write" else "read"
        yield case.danger(Level.HIGH, ACCESS, f"anyone may now {does} {whose}.", case.moved("acl"))


@dataclass(frozen=True)
class Exposure:
    """A value of an input that opens."""

    path: str
    opens: object
    """The value that opens; a tuple for several."""
    words: str
    level: Level = Level.MEDIUM
    fresh: Level | None = None
    """The level where the resource is new; `None` for no danger."""
    default: object = ABSENT
    """What holds where it isn't set."""


HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
_PUBLIC_DATABASE = Exposure(
    "publiclyAccessible", True, "can now be reached from the internet", HIGH, HIGH
)

EXPOSURES = {
    "docdb.Cluster": [_PUBLIC_DATABASE],
    "ec2.AmiLaunchPermission": [
        Exposure("group", "all", "gives the machine image to everyone", HIGH, HIGH)
    ],
    "ec2.Instance": [Exposure("associatePublicIpAddress", True, "gets a public address")],
    "ec2.LaunchTemplate": [
        Exposure(
            "networkInterfaces.associatePublicIpAddress",
            True,
            "now gives its machines public addresses",
        )
    ],
    "ec2.Subnet": [
        Exposure("mapPublicIpOnLaunch", True, "now gives public addresses to what starts in it")
    ],
    "eks.Cluster": [
        Exposure(
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            True,
            "makes whoever created it an administrator",
        ),
    ],
    "lambda.FunctionUrl": [
        Exposure(
            "authorizationType", "NONE", "can now be called by anyone on the internet", HIGH, HIGH
        )
    ],
    "lb.LoadBalancer": [Exposure("internal", False, "now faces the internet", HIGH, default=False)],
    "opensearch.Collection": [_PUBLIC_DATABASE],
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
            "is no longer cut off from the network: its container may send data out",
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
            "rootAccess", "Enabled", "now gives its users root rights", LOW, default="Enabled"
        ),
    ],
    "sagemaker.TrainingJob": [
        Exposure(
            "enableNetworkIsolation",
            False,
            "is no longer cut off from the network: its container may send data out",
            default=False,
        )
    ],
    "kubernetes.EC2NodeClass": [
        Exposure("spec.associatePublicIPAddress", True, "now gives its machines public addresses"),
        Exposure(
            "spec.metadataOptions.httpTokens",
            "optional",
            "lets any request on its machines fetch the role's keys (IMDSv1)",
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
"""Type -> the values that open it. Defaults are the providers' own."""


def exposed(case: Case) -> Iterator[Danger]:
    """What can be reached, or can reach out, that couldn't before."""
    for exposure in EXPOSURES.get(case.type, ()) if case.new else ():
        old, new = (
            _simple(at(side, exposure.path), exposure.default) for side in (case.old, case.new)
        )
        if new != exposure.opens or (case.old and old == exposure.opens):
            continue
        level = exposure.level if case.old else exposure.fresh
        if level and (not case.old or case.changed(exposure.path)):
            yield case.danger(
                level, ACCESS, f"{case.told} {exposure.words}.", case.moved(exposure.path)
            )


def instance_metadata(case: Case) -> Iterator[Danger]:
    """Machines that give their role's keys to any process that can send a request
    (IMDSv1), or to containers."""
    old, new = (_text(at(side, "metadataOptions.httpTokens")) for side in (case.old, case.new))
    if case.new and case.type in ("ec2.LaunchTemplate", "ec2.Instance", "ec2.LaunchConfiguration"):
        if (old == "required" and new != "required") or (not case.old and new == "optional"):
            words = f"{case.told} lets any request on its machines fetch the role's keys (IMDSv1)."
            yield case.danger(MEDIUM, ACCESS, words, case.moved("metadataOptions.httpTokens"))
        path = "metadataOptions.httpPutResponseHopLimit"
        hops = [number(value) for value in case.both(path)]
        if case.old and hops[0] is not None and hops[1] is not None and hops[0] <= 1 < hops[1]:
            words = f"{case.told} lets containers on its machines fetch the machine's keys."
            yield case.danger(LOW, ACCESS, words, case.moved(path))


KEYS = re.compile(
    r"(^|\.)(kmsKeyId|kmsKeyArn|kmsKey|kmsMasterKeyId|kmsMasterKeyArn|keyArn|encryptionKey|storageKmsKeyId)$"
)
"""Inputs that name the key which encrypts something."""

ENCRYPTED = re.compile(
    r"(^|\.)(encrypted|storageEncrypted|atRestEncryptionEnabled|transitEncryptionEnabled|sqsManagedSseEnabled|encryptAtRest\.enabled"
    r"|nodeToNodeEncryption\.enabled|enableKeyRotation|serverSideEncryption\.enabled|enableInterContainerTrafficEncryption)$"
)
"""Inputs that switch encryption, or the change of its keys, on."""


def unencrypted(case: Case) -> Iterator[Danger]:
    """What was encrypted, with a key of one's own or at all, and no longer is."""
    if case.kind not in (Kind.UPDATE, Kind.REPLACE):
        return
    new = dict(leaves(case.new))
    for path, was in leaves(case.old):
        plain, now = re.sub(r"\[\d+\]", "", path), new.get(path)
        if KEYS.search(plain) and was and not now:
            words = f"{case.told} no longer encrypts with the key {_key(was)}."
            if case.type == "s3.BucketServerSideEncryptionConfiguration":
                words = f"the bucket {bucket_of(case)} no longer encrypts new objects with the key {_key(was)}."
            yield case.danger(MEDIUM, ACCESS, words, moved(path, was, now))
        elif ENCRYPTED.search(plain) and flag(was) and not flag(now):
            rotation = plain.endswith("enableKeyRotation")
            what = (
                "no longer changes its key every year"
                if rotation
                else "no longer encrypts its data"
            )
            yield case.danger(
                LOW if rotation else MEDIUM, ACCESS, f"{case.told} {what}.", moved(path, was, now)
            )


def bucket_encryption(case: Case) -> Iterator[Danger]:
    """A bucket that falls back to S3's own key."""
    if (
        case.type != "s3.BucketServerSideEncryptionConfiguration"
        or not case.old
        or case.kind is not Kind.DELETE
    ):
        return
    key = at(case.old, "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId")
    if (
        key is not ABSENT
        and not case.was("retainOnDelete")
        and case.owner("bucket") is not Kind.DELETE
    ):
        words = (
            f"the bucket {bucket_of(case)} no longer encrypts new objects with the key {_key(key)}."
        )
        yield case.danger(MEDIUM, ACCESS, words, f"{case.name} is no longer in the program")


def private_way(case: Case) -> Iterator[Danger]:
    """A private subnet that gets a way to the internet without a NAT gateway."""
    way_out = (
        case.type == "ec2.Route"
        and case.old
        and case.new.get("destinationCidrBlock") == "0.0.0.0/0"
    )
    if way_out and case.old.get("natGatewayId") and case.new.get("gatewayId"):
        words = f"{case.told} leads to the internet directly, in place of by a NAT gateway: its subnets turn public."
        yield case.danger(
            MEDIUM, ACCESS, words, f"{case.moved('natGatewayId')}; {case.moved('gatewayId')}"
        )


def _simple(value: object, default: object) -> object:
    if value is ABSENT:
        return default
    found = flag(value)
    return value if found is None else found


def _text(value: object) -> str:
    return "" if value is ABSENT else str(value)


def _key(value: object) -> str:
    return spoken(str(value))
