"""What AWS allows of a Lustre file system on SSD with the deployment type PERSISTENT_2.

Sources: Amazon FSx for Lustre User Guide, "Managing storage capacity", "Managing
throughput capacity", "Managing metadata performance", "Linking your file system to an
S3 bucket", "Working with EFA-enabled file systems"; Amazon FSx API Reference,
CreateFileSystem.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.storage.prefixes import prefix_problems

SMALLEST_GIB = 1200
STEP_GIB = 2400
"""Capacities are 1200 GiB, and multiples of 2400 GiB."""

EFA_STEP_GIB: Mapping[int, int] = {125: 38_400, 250: 19_200, 500: 9_600, 1000: 4_800}
"""Throughput -> capacities of file systems with EFA are multiples of this."""

THROUGHPUTS = tuple(EFA_STEP_GIB)
"""MB/s of each TiB."""

METADATA_IOPS = (1_500, 3_000, 6_000, *range(12_000, 192_001, 12_000))

MAX_LINKS = 8

_MAINTENANCE = re.compile(r"[1-7]:([01]\d|2[0-3]):[0-5]\d")
_PATH = re.compile(r"/|(/[A-Za-z0-9._-]+)+")


@dataclass(frozen=True)
class Link:
    """A directory of the file system, and what it shows of a bucket."""

    path: str
    prefix: str
    bucket: object
    """The bucket's name, where it is known."""


def size_problems(
    capacity_gib: object, throughput: object, metadata_iops: object, efa: bool
) -> list[Problem]:
    """Returns what is wrong with how large and how fast a file system is."""
    found: list[Problem] = []
    if throughput not in THROUGHPUTS:
        allowed = f"{', '.join(map(str, THROUGHPUTS))} (MB/s for each TiB)"
        found.append(Problem("throughput_per_tib", throughput, allowed))
    elif efa:
        step = EFA_STEP_GIB[int(str(throughput))]
        found += _multiple(
            capacity_gib,
            step,
            f"with EFA at {throughput} MB/s for each TiB: a multiple of {step} GiB",
        )
    if not efa and capacity_gib != SMALLEST_GIB:
        found += _multiple(
            capacity_gib, STEP_GIB, f"{SMALLEST_GIB}, or a multiple of {STEP_GIB} (GiB)"
        )
    if metadata_iops is not None and metadata_iops not in METADATA_IOPS:
        allowed = "1500, 3000, 6000, or a multiple of 12000 up to 192000 (operations a second)"
        found.append(
            Problem(
                "metadata_iops",
                metadata_iops,
                allowed,
                "remove it: FSx then sets it by the capacity",
            )
        )
    return found


def _multiple(capacity_gib: object, step: int, allowed: str) -> list[Problem]:
    if not isinstance(capacity_gib, int) or (capacity_gib > 0 and capacity_gib % step == 0):
        return []
    nearest = max(1, -(-capacity_gib // step)) * step
    return [Problem("capacity_gib", capacity_gib, allowed, f"use {nearest}")]


def backup_problems(days: object, linked: bool) -> list[Problem]:
    """Returns whether there can be backups: not of a file system that is linked to a
    bucket."""
    found = whole_number("backup_retention_days", days, 0, 90, "days")
    if linked and isinstance(days, int) and days > 0:
        fix = "remove one of the two; what is linked is in the bucket, with its versions"
        found.append(
            Problem(
                "backup_retention_days",
                days,
                "0 where there are links: FSx backs up no linked file system",
                fix,
            )
        )
    return found


def maintenance_problems(start: object) -> list[Problem]:
    """Returns whether a time for maintenance is one."""
    if not isinstance(start, str) or _MAINTENANCE.fullmatch(start):
        return []
    return [
        Problem(
            "maintenance_start", start, 'a day (1 is Monday) and a time in UTC, such as "7:02:30"'
        )
    ]


def link_problems(links: Mapping[str, Link]) -> list[Problem]:
    """Returns what is wrong with links: their number, paths and prefixes, and paths
    that lie in each other."""
    found: list[Problem] = []
    if len(links) > MAX_LINKS:
        found.append(
            Problem(
                "",
                len(links),
                f"at most {MAX_LINKS} links",
                "link a folder that holds several of them",
            )
        )
    for name, link in links.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
            found.append(
                Problem(
                    name,
                    name,
                    "letters, digits and hyphens: resources are named after it",
                    "rename it",
                )
            )
        if not _PATH.fullmatch(link.path) or ".." in link.path.split("/"):
            allowed = "a directory such as /datasets: a slash in front, none at the end"
            found.append(Problem(f"{name}.path", link.path, allowed))
        found += prefix_problems(f"{name}.prefix", link.prefix)
    return found + _overlaps(list(links.items()))


def _overlaps(links: Sequence[tuple[str, Link]]) -> list[Problem]:
    found: list[Problem] = []
    for index, (name, link) in enumerate(links):
        for other, before in links[:index]:
            if _inside(link.path, before.path) or _inside(before.path, link.path):
                fix = "give each link a directory of its own"
                found.append(
                    Problem(
                        f"{name}.path",
                        link.path,
                        f"no directory that holds, or lies in, {other}'s",
                        fix,
                    )
                )
            if isinstance(link.bucket, str) and (link.bucket, link.prefix) == (
                before.bucket,
                before.prefix,
            ):
                allowed = f"another part of the bucket than {other} has"
                found.append(
                    Problem(
                        f"{name}.prefix", link.prefix or MISSING, allowed, "remove one of the two"
                    )
                )
    return found


def _inside(path: str, of: str) -> bool:
    return f"{path}/".startswith(of if of == "/" else f"{of}/")
