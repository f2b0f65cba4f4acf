"""The region of copies: another one than that of the originals, of the same
partition."""

from groundplan.context import Context
from groundplan.facts import regions
from groundplan.problems import Problem, one_of


def problems(key: str, region: object, context: Context) -> list[Problem]:
    """Returns the problem of a region that can't have the copies. Copies don't leave a
    partition (AWS Fault Isolation Boundaries, "Partitions")."""
    own = context.region
    known = regions.names()
    if own is None:
        return one_of(key, region, known)
    partition = regions.partition(own)
    others = [name for name in known if name != own and regions.partition(name) == partition]
    if not isinstance(region, str) or region in others:
        return []
    if region in known:
        why = "it is the region of the originals" if region == own else "it is another partition"
        allowed = f"another region of the partition {partition}: {why}"
        fix = f"use another, such as {others[0]}" if others else "remove it: there is no other"
        return [Problem(key, region, allowed, fix)]
    return one_of(key, region, others)
