"""Whose data is where in a plan's buckets: the folders of teams, what teams write, and
the collections whose entries are granted by name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.proof.access import covers_action
from groundplan.proof.actors import Actor, Actors
from groundplan.proof.grants import Grant, Identity, grants
from groundplan.proof.names import Names
from groundplan.proof.teams import Team

READ = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAcl")
WRITE = (
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObjectAcl",
    "s3:PutObjectTagging",
    "s3:RestoreObject",
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
)
LIST = ("s3:ListBucket", "s3:ListBucketVersions")
ADMINISTER = (
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketOwnershipControls",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutInventoryConfiguration",
    "s3:DeleteBucket",
    "s3:CreateAccessPoint",
)

COLLECTIONS = ("datasets/", "models/", "checkpoints/")
"""Folders with an entry per dataset, model or run, which are granted entry by entry:
`datasets/churn/`. (docs/guides/train-a-model.md)"""

DEFAULT_FOLDER = "teams/{team}/"

BUCKET_ARN = "arn:aws:s3:::"
WILD = re.compile(r"[*?]|\$\{")
ANY_BUCKET = re.compile(r"arn:aws:s3:::([^/*?]+)(?:/(.*))?")


@dataclass(frozen=True)
class Bucket:
    """A bucket with data of teams."""

    name: str
    shown: str
    grants: tuple[Grant, ...]
    """The statements of its bucket policies."""
    unreadable: tuple[str, ...]
    folders: dict[str, tuple[str, ...]]
    """Team -> its folders."""
    collections: tuple[str, ...] = ()
    """The collections in it."""

    @property
    def arn(self) -> str:
        return BUCKET_ARN + self.name

    def key(self, pattern: str) -> str:
        """Returns the ARN of an object, or of objects."""
        return f"{self.arn}/{pattern}"


def buckets(
    manifest: Manifest, teams: Sequence[Team], actors: Actors, names: Names
) -> tuple[Bucket, ...]:
    """Returns the buckets that a team's own identities have access to, and those with a
    team's folder."""
    declared = {
        names.name(r): r
        for r in manifest
        if r.custom and catalog.key(r.type) in ("s3.Bucket", "s3.BucketV2")
    }
    paths: dict[str, dict[str, set[str]]] = {}
    for team in teams:
        for actor in actors.own[team.name]:
            for bucket, path in _paths(actor.identity):
                paths.setdefault(bucket, {}).setdefault(team.name, set()).add(path)
    return tuple(
        replace(
            _bucket(manifest, name, declared.get(name), by_team, teams, names),
            collections=_collections(name, by_team, actors),
        )
        for name, by_team in sorted(paths.items())
    )


def entries(actors: Sequence[Actor], bucket: Bucket, collection: str) -> tuple[str, ...]:
    """Returns the entries of a collection that identities are granted by name."""
    found = set()
    for actor in actors:
        for _, path in _paths(actor.identity, bucket.name):
            rest = path.removeprefix(collection)
            name, slash, _ = rest.partition("/")
            if rest != path and name and slash and not WILD.search(name):
                found.add(f"{collection}{name}/")
    return tuple(sorted(found))


def written(actor: Actor, bucket: Bucket) -> tuple[str, ...]:
    """Patterns of all objects that an identity may write, by its own policies and by
    the bucket's."""
    found = set()
    for grant in (*actor.identity.grants, *bucket.grants):
        if not grant.allows or not any(covers_action(grant.statement, a) for a in WRITE):
            continue
        for term in grant.statement.resources:
            exact = not term.negated and term.names[0].startswith(f"{bucket.arn}/")
            match = ANY_BUCKET.fullmatch(term.names[0])
            if not exact and match and not term.negated:
                continue  # in another bucket
            found.add(term.names[0] if exact and "${" not in term.names[0] else bucket.key("?*"))
    return (bucket.key("?*"),) if bucket.key("?*") in found else tuple(sorted(found))


def _bucket(
    manifest: Manifest,
    name: str,
    resource: Resource | None,
    paths: dict[str, set[str]],
    teams: Sequence[Team],
    names: Names,
) -> Bucket:
    templates = {DEFAULT_FOLDER} if len(paths) > 1 or _mentions_teams(paths) else set()
    for team in teams:
        templates |= {t for p in paths.get(team.name, ()) for t in _template(p, team.name)}
    statements, unreadable = _policies(manifest, name, names)
    if resource is not None:
        own = resource.inputs.get("policy")
        statements += grants(own, names, resource) or ()
    folders = {
        team.name: tuple(sorted(t.format(team=_base(team.name)) for t in templates))
        if not _is_of_namesake(team.name, paths)
        else ()
        for team in teams
    }
    return Bucket(
        name,
        resource.name if resource else names.shown(name),
        tuple(statements),
        (*unreadable, *_beside_policies(manifest, name, names)),
        folders,
    )


def _base(team: str) -> str:
    """Returns the name of a team without its cluster: `vision
    (platform-kubernetes)`."""
    return team.split(" ")[0]


def _is_of_namesake(team: str, paths: dict[str, set[str]]) -> bool:
    """Returns whether the folders with a team's name belong to the team of this name in
    another cluster: that one has access to the bucket, and this one has not."""
    namesakes = {other for other in paths if _base(other) == _base(team)}
    return bool(namesakes) and team not in namesakes


def _collections(bucket: str, paths: dict[str, set[str]], actors: Actors) -> tuple[str, ...]:
    """Returns the collections in a bucket: all in one that several teams have access
    to, else those that an identity of the plan has access to by their names."""
    if len(paths) > 1:
        return COLLECTIONS
    named = {
        path for identity in actors.identities.values() for _, path in _paths(identity, bucket)
    }
    return tuple(c for c in COLLECTIONS if any(path.startswith(c) for path in named))


def _mentions_teams(paths: dict[str, set[str]]) -> bool:
    return any(path.startswith("teams/") for here in paths.values() for path in here)


def _template(path: str, team: str) -> Iterator[str]:
    """Yields the folder of a team, as a template, in a path with its name:
    `teams/{team}/`."""
    match = re.match(rf"((?:[^/*?$]+/)*){re.escape(team)}/", path)
    if match and "{" not in match[1] and not match[1].startswith(COLLECTIONS):
        yield f"{match[1]}{{team}}/"


PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")


def _beside_policies(manifest: Manifest, bucket: str, names: Names) -> Iterator[str]:
    """Yields what else may give access to a bucket, in words: access points, public
    ACLs."""
    for resource in manifest:
        key = catalog.key(resource.type)
        about = names.text(str(resource.inputs.get("bucket"))) == bucket
        if key == "s3.AccessPoint" and about:
            yield f"what {resource.name} gives access to"
        acl = str(resource.inputs.get("acl"))
        if key in ("s3.BucketAcl", "s3.BucketAclV2") and about and acl in PUBLIC_ACLS:
            yield f"whether the ACL {acl} of {resource.name} is in effect"


def _policies(manifest: Manifest, bucket: str, names: Names) -> tuple[list[Grant], list[str]]:
    statements: list[Grant] = []
    unreadable = []
    for resource in manifest:
        if catalog.key(resource.type) != "s3.BucketPolicy":
            continue
        named = names.text(str(resource.inputs.get("bucket")))
        if names.is_open(named):
            unreadable.append(f"the bucket of {resource.name}")
        if named != bucket:
            continue
        own = grants(resource.inputs.get("policy"), names, resource)
        if own is None:
            unreadable.append(f"the statements of {resource.name}")
        statements += own or ()
    return statements, unreadable


def _paths(identity: Identity, bucket: str | None = None) -> Iterator[tuple[str, str]]:
    """Yields the buckets and paths in what an identity is allowed."""
    for grant in identity.grants:
        if not grant.allows or not _about_s3(grant):
            continue
        for term in grant.statement.resources:
            for name in () if term.negated else term.names:
                match = ANY_BUCKET.fullmatch(name)
                if match and (bucket is None or match[1] == bucket):
                    yield match[1], match[2] or ""


def _about_s3(grant: Grant) -> bool:
    return any(covers_action(grant.statement, action) for action in (*READ, *WRITE, *LIST))
