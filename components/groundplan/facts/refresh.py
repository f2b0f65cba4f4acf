"""Renews the EC2 instance table from EC2 itself (`DescribeInstanceTypes`), region by
region.

Prices are not in it: `groundplan prices refresh` renews those. Nothing is written
before every region has answered.
"""

import contextlib
import csv
import datetime
import os
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from io import StringIO
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.facts import ec2_rows

Report = Callable[[str], None]
"""Takes a line of progress."""

FILE = pathlib.Path(str(resources.files("groundplan.facts"))) / "ec2-instances.csv"
"""The table that the library reads."""

SIZES_DATE = re.compile(r"sizes as\s+(?:# )?of (\d{4}-\d{2}-\d{2})")
OLDER = re.compile(r"^# Sizes of (\d{4}-\d{2}-\d{2}) still: (.+)$")

UNITS = "Units: memory MiB, local NVMe GB, bandwidth Mbit/s."

THROTTLED = ("RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled")
DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
NOT_SIGNED_IN = (
    "AuthFailure",
    "InvalidClientTokenId",
    "ExpiredToken",
    "RequestExpired",
    "OptInRequired",
)


class RefreshError(Exception):
    """The table can't be renewed; the message says what to do."""


class Client(Protocol):
    """What is used of `boto3.client("ec2")`."""

    def get_paginator(self, operation_name: str) -> Any: ...


@dataclass
class Summary:
    """What a refresh found."""

    types: int = 0
    """Instance types that the regions offer."""
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Types that none of the regions offers and that stay in the table, with their old
    date."""
    changed: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    """Type -> column -> the old and the new value."""

    @property
    def changes(self) -> bool:
        """Whether the table's rows are others than before."""
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        counts = (
            f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        )
        lines = [
            (
                f"{self.types} instance types: {counts}; {len(self.kept)} that these regions "
                "don't offer kept"
            )
        ]
        lines += [f"{name} added" for name in self.added]
        lines += [f"{name} removed" for name in self.removed]
        for name, columns in self.changed.items():
            changes_text = ", ".join(
                f"{column} {old or 'unknown'} -> {new}" for column, (old, new) in columns.items()
            )
            lines.append(f"{name}: {changes_text}")
        return "\n".join(lines)


def connect(region: str) -> Client:
    """An EC2 client with the credentials of the environment, which waits and tries
    again when it is throttled."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    client: Client = boto3.client(
        "ec2", region_name=region, config=Config(retries={"mode": "adaptive", "max_attempts": 10})
    )
    return client


def refresh_file(
    path: pathlib.Path,
    regions: Sequence[str],
    report: Report,
    *,
    client: Callable[[str], Client] = connect,
    today: datetime.date | None = None,
    remove: bool = False,
    check: bool = False,
) -> Summary:
    """Renew the table at `path` from what `regions` offer; of a type that several
    offer, the first one's answer counts.

    Types that none offers stay, unless `remove`. With `check`, nothing is written.
    Raises `RefreshError` where a region can't be asked, or the file not be read or
    written; then it is as it was.
    """
    try:
        before = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise RefreshError(f"the table can't be read: {error}") from None
    found: dict[str, Mapping[str, str]] = {}
    for region in regions:
        found = {**described(client, region, report), **found}
    day = (today or datetime.datetime.now(datetime.UTC).date()).isoformat()
    after, summary = renewed(before, found, regions, day, remove=remove)
    if not check:
        _write(path, after)
    return summary


def described(
    client: Callable[[str], Client], region: str, report: Report
) -> dict[str, Mapping[str, str]]:
    """Returns the rows of all Linux instance types that a region offers, by name."""
    rows: dict[str, Mapping[str, str]] = {}
    report(f"{region}: asking")
    try:
        for page in (
            client(region)
            .get_paginator("describe_instance_types")
            .paginate(PaginationConfig={"PageSize": 100})
        ):
            for info in page.get("InstanceTypes", []):
                row = ec2_rows.row(info)
                if row is not None:
                    rows[row["instance_type"]] = row
            report(f"{region}: {len(rows)} instance types")
    except ClientError as error:
        raise RefreshError(_refused(error, region)) from None
    except BotoCoreError as error:
        fix = "AWS credentials (AWS_PROFILE, aws sso login), a region that exists, and a network"
        raise RefreshError(f"EC2 can't be asked in {region}: {error}. Fix: {fix}") from None
    if not rows:
        raise RefreshError(
            f"EC2 names no instance type in {region}. Fix: use a region that is enabled "
            "for the account"
        )
    return rows


def _refused(error: ClientError, region: str) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    fix = "try again later"
    if code in DENIED:
        fix = "use credentials whose policy allows ec2:DescribeInstanceTypes"
    elif code in NOT_SIGNED_IN:
        fix = f"sign in (AWS_PROFILE, aws sso login) to an account for which {region} is enabled"
    elif code in THROTTLED:
        fix = "other calls of the account use up its limit: try again in some minutes"
    return f"EC2 refused in {region}: {error}. Fix: {fix}"


def renewed(
    text: str,
    found: Mapping[str, Mapping[str, str]],
    regions: Sequence[str],
    today: str,
    *,
    remove: bool = False,
) -> tuple[str, Summary]:
    """Returns the text of the table with what was found, and what changed."""
    comments = [line for line in text.splitlines() if line.startswith("#")]
    old = {
        row["instance_type"]: row
        for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    }
    if not all(set(row) == set(ec2_rows.COLUMNS) for row in old.values()):
        raise RefreshError(
            f"the table has other columns than {', '.join(ec2_rows.COLUMNS)}. Fix: "
            "restore it from git"
        )
    summary = Summary(types=len(found))
    rows: list[Mapping[str, str]] = []
    for name in {**old, **found}:
        if name not in found:
            (summary.removed if remove else summary.kept).append(name)
            rows += [] if remove else [old[name]]
            continue
        # What EC2 leaves empty (the accelerators of trn2u, bandwidths) is not known to
        # be otherwise than before.
        row = {
            **dict.fromkeys(ec2_rows.COLUMNS, ""),
            **old.get(name, {}),
            **{c: v for c, v in found[name].items() if v},
        }
        rows.append(row)
        if name not in old:
            summary.added.append(name)
        elif row != old[name]:
            differing = (column for column in ec2_rows.COLUMNS if row[column] != old[name][column])
            summary.changed[name] = {
                column: (old[name][column], row[column]) for column in differing
            }
    summary.added.sort(key=lambda name: ec2_rows.order(found[name]))
    head = _comments(comments, regions, today, summary.kept)
    return "\n".join([*head, _table(sorted(rows, key=ec2_rows.order))]), summary


def _comments(
    before: Sequence[str], regions: Sequence[str], today: str, kept: Sequence[str]
) -> list[str]:
    """Returns the comment lines of the table: sources and dates, and what has another
    date."""
    text = "\n".join(before)
    sizes = SIZES_DATE.search(text)
    older = {
        name: match[1]
        for line in before
        if (match := OLDER.match(line))
        for name in match[2].split(", ")
    }
    still: dict[str, list[str]] = {}
    for name in kept:
        still.setdefault(older.get(name, sizes[1] if sizes else "an unknown day"), []).append(name)
    return [
        (
            "# EC2 instance types. An empty field is not known, not zero. Prices are in prices/, "
            "by region."
        ),
        f"# Source: EC2 DescribeInstanceTypes in {', '.join(regions)}.",
        f"# limits and sizes as of {today}.",
        f"# {UNITS}",
        *(f"# Sizes of {day} still: {', '.join(names)}" for day, names in sorted(still.items())),
    ]


def _table(rows: Iterable[Mapping[str, str]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, ec2_rows.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _write(path: pathlib.Path, text: str) -> None:
    """Write the text beside the file, then put it in its place."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        pathlib.Path(name).chmod(path.stat().st_mode)
        pathlib.Path(name).replace(path)
    except OSError as error:
        raise RefreshError(f"the table can't be written: {error}") from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            pathlib.Path(name).unlink()
