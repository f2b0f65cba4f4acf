"""The commands of docs/guides/backup-and-recovery.md restore a bucket of moto.

moto replicates nothing: `replicated` does what S3 documents, copies with the same
version IDs, without delete markers.
"""

import copy
import datetime
import pathlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from documented_commands import run
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options
from groundplan.data.versions.checkout import checkout
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.trail import Trail
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "backup-and-recovery.md"
SOURCE, COPIES, AUDIT = "artifacts", "copies", "releases/"
LOOP = re.compile(r"while .* do (?P<command>aws .*); done < (?P<file>\S+)")


@dataclass(frozen=True)
class Target:
    """An endpoint whose releases have a trail."""

    audit_bucket: str
    endpoint: str = "churn"
    audit_prefix: str = AUDIT
    audit_kms_key_arn: str | None = None


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for name in (SOURCE, COPIES, "rebuilt"):
            client.create_bucket(Bucket=name)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield client


def section(title: str) -> list[str]:
    """Returns the commands below a bold title of the guide."""
    text = GUIDE.read_text(encoding="utf-8").split(f"**{title}")[1]
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block
    return block[1].splitlines()


def restore(s3: Any, title: str, **placeholders: str) -> None:
    """Runs the two lines below a title: a list into a file, and a loop over it."""
    listing, loop = section(title)
    command, _, file = listing.partition(" > ")
    for name, value in placeholders.items():
        command, loop = command.replace(name, value), loop.replace(name, value)
    found = LOOP.fullmatch(loop)
    assert found
    assert found["file"] == file
    for key, version in run({"s3": s3}, command) or ():
        words = shlex.split(found["command"])
        run({"s3": s3}, [{"$key": key, "$version": version}.get(word, word) for word in words])


def replicated(source: str, target: str) -> None:
    """Copies all versions of objects, as S3 does: with their IDs, without delete
    markers."""
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    keys = backend.buckets[target].keys
    for name, found in backend.buckets[source].keys.lists():
        objects = [copy.copy(each) for each in found if hasattr(each, "etag")]
        for each in objects:
            each.bucket_name = target
        keys.setlist(name, objects)


def history(s3: Any, bucket: str) -> list[dict[str, Any]]:
    clients = Clients(*[s3] * len(Clients.__dataclass_fields__))
    found = Trail(clients, Target(bucket)).history()
    assert not found.unreadable
    return [dict(record) for record in found.records]


def filled(s3: Any, folder: pathlib.Path) -> str:
    """Fills the bucket with a dataset version, and records of releases; returns the
    version's reference."""
    folder.mkdir()
    (folder / "a.csv").write_text("user,paid\nann,1\n")
    (folder / "b.csv").write_text("user,paid\nbob,0\n")
    committed = versions.commit(
        Bucket(s3, SOURCE), "churn", Folder(folder), Options(by="arn:aws:iam::1:role/etl")
    )
    clients = Clients(*[s3] * len(Clients.__dataclass_fields__))
    trail = Trail(clients, Target(SOURCE))
    for number in (1, 2):
        trail.write(record(number))
    return committed.version.reference


def record(number: int) -> dict[str, Any]:
    return {
        "release": f"r{number}",
        "endpoint": "churn",
        "kind": "release",
        "outcome": "succeeded",
        "started_by": "arn:aws:iam::1:role/ci",
        "started_at": f"2026-11-28T09:0{number}:00+00:00",
        "ended_at": f"2026-11-28T09:0{number}:30+00:00",
        "version": number,
        "package_arn": None,
        "from": {"config": f"c{number - 1}"},
        "to": {"config": f"c{number}"},
        "live": f"c{number}",
    }


def delete_everything(s3: Any, bucket: str, for_good: bool = False) -> None:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for item in pages.build_full_result().get("Versions", ()):
        version = {"VersionId": item["VersionId"]} if for_good else {}
        s3.delete_object(Bucket=bucket, Key=item["Key"], **version)


def checked_out(s3: Any, bucket: str, reference: str, folder: pathlib.Path) -> set[str]:
    found = Bucket(s3, bucket)
    checkout(found, versions.read(s3, bucket, reference), folder)
    return {file.name for file in folder.iterdir()}


def test_deleted_objects_come_back_with_datasets_and_journal(
    s3: Any, tmp_path: pathlib.Path
) -> None:
    reference = filled(s3, tmp_path / "data")
    before = history(s3, SOURCE)
    delete_everything(s3, SOURCE)
    assert history(s3, SOURCE) == []
    with pytest.raises(versions.DatasetError):
        versions.read(s3, SOURCE, reference)

    restore(s3, "Deleted objects", BUCKET=SOURCE, PREFIX="''")

    assert history(s3, SOURCE) == before
    assert len(before) == 2
    assert checked_out(s3, SOURCE, reference, tmp_path / "out") == {"a.csv", "b.csv"}
    assert versions.resolve(s3, SOURCE, "churn:latest") == reference


def test_what_was_overwritten_since_a_moment_is_as_it_was(s3: Any, tmp_path: pathlib.Path) -> None:
    reference = filled(s3, tmp_path / "data")
    before = history(s3, SOURCE)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=SOURCE)["Contents"]]
    # moto's times have seconds only: what follows is dated into the future.
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    for key in keys[::2]:
        s3.put_object(Bucket=SOURCE, Key=key, Body=b"{}")
    for key in keys[1::2]:
        s3.delete_object(Bucket=SOURCE, Key=key)
    for _, found in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[SOURCE].keys.lists():
        found[-1].last_modified = then.replace(tzinfo=None)

    moment = (then - datetime.timedelta(minutes=1)).isoformat()[:16]
    restore(s3, "Back to a moment", BUCKET=SOURCE, PREFIX="''", **{"2026-11-28T10:00": moment})

    assert history(s3, SOURCE) == before
    assert checked_out(s3, SOURCE, reference, tmp_path / "out") == {"a.csv", "b.csv"}


def test_the_narrow_prefix_leaves_the_rest_deleted(s3: Any, tmp_path: pathlib.Path) -> None:
    filled(s3, tmp_path / "data")
    delete_everything(s3, SOURCE)

    restore(s3, "Deleted objects", BUCKET=SOURCE, PREFIX=AUDIT)

    assert len(history(s3, SOURCE)) == 2
    left = {item["Key"] for item in s3.list_objects_v2(Bucket=SOURCE)["Contents"]}
    assert all(key.startswith(AUDIT) for key in left)


def test_the_copy_serves_and_refills_a_bucket_that_is_gone(s3: Any, tmp_path: pathlib.Path) -> None:
    reference = filled(s3, tmp_path / "data")
    before = history(s3, SOURCE)
    replicated(SOURCE, COPIES)
    delete_everything(s3, SOURCE)  # delete markers are not copied
    replicated(SOURCE, COPIES)
    delete_everything(s3, SOURCE, for_good=True)

    assert history(s3, COPIES) == before
    assert checked_out(s3, COPIES, reference, tmp_path / "copy") == {"a.csv", "b.csv"}

    replicated(COPIES, "rebuilt")

    assert history(s3, "rebuilt") == before
    assert checked_out(s3, "rebuilt", reference, tmp_path / "rebuilt") == {"a.csv", "b.csv"}


def test_one_object_comes_back_from_the_copy_that_the_bucket_names(
    s3: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    s3.put_object(Bucket=SOURCE, Key="models/m.bin", Body=b"weights")
    replicated(SOURCE, COPIES)
    destination = {"Bucket": f"arn:aws:s3:::{COPIES}"}
    rule = {"ID": "r", "Status": "Enabled", "Priority": 1, "Destination": destination}
    role = "arn:aws:iam::123456789012:role/r"
    configuration = {"Role": role, "Rules": [rule]}
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration=configuration)
    delete_everything(s3, SOURCE, for_good=True)
    find, *back = section("An object that is gone for good")

    (arn,) = run({"s3": s3}, find.replace("BUCKET", SOURCE))
    for command in back:
        filled = command.replace("BUCKET", SOURCE).replace("COPY", arn.rpartition(":")[2])
        run({"s3": s3}, filled.replace("KEY", "models/m.bin"))

    assert s3.get_object(Bucket=SOURCE, Key="models/m.bin")["Body"].read() == b"weights"
    # Write-once folders deny a put without it; S3 refuses it while the object exists.
    assert back[-1].endswith("--if-none-match '*'")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        run({"s3": s3}, filled.replace("KEY", "models/m.bin"))
