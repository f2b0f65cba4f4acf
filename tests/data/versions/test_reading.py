import pytest
from groundplan.data import versions
from groundplan.data.versions import documents, manifest, parts
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject, Description
from groundplan.data.versions.reference import Reference


def committed(bucket: Bucket, objects: list[DatasetObject], described: Description) -> str:
    """Writes a version as a commit does. Returns its digest."""
    keys, listed = DatasetKeys("clicks"), []
    for batch in parts.split(objects):
        content = parts.lines(batch)
        listed.append(parts.described(batch, content))
        bucket.create(keys.part(listed[-1].digest), parts.compressed(content))
    content = manifest.written("clicks", tuple(listed), described)
    bucket.create(keys.version(documents.digest(content)), content)
    return documents.digest(content)


OBJECTS = [
    DatasetObject(f"{n:05}.csv", f"raw/{n:05}.csv", f"v{n}", n, "SHA256:x") for n in range(9)
]


def test_a_version_is_read_by_digest_and_by_tag(bucket: Bucket) -> None:
    digest = committed(bucket, OBJECTS, Description(created_by={"run": "7"}))
    bucket.create(
        DatasetKeys("clicks").tag("latest"),
        documents.canonical({"digest": digest, "sequence": 1}),
    )

    by_tag = versions.read(bucket.s3, "artifacts", "clicks")

    assert by_tag.reference == versions.resolve(bucket.s3, "artifacts", "clicks:latest")
    assert by_tag.reference == f"clicks@{digest}"
    assert list(by_tag.objects) == OBJECTS
    assert (len(by_tag.objects), by_tag.objects.size) == (9, 36)
    assert by_tag.created_by == {"run": "7"}
    assert versions.is_committed(bucket.s3, "artifacts", by_tag.reference)
    assert [found.digest for found in versions.versions(bucket.s3, "artifacts", "clicks")] == [
        digest
    ]
    assert list(versions.datasets(bucket.s3, "artifacts")) == ["clicks"]


def test_what_is_not_committed_is_not_read(bucket: Bucket) -> None:
    with pytest.raises(versions.NotCommitted, match="clicks:production does not exist"):
        versions.read(bucket.s3, "artifacts", "clicks:production")
    with pytest.raises(versions.NotCommitted, match="dataset commit clicks"):
        versions.read(bucket.s3, "artifacts", f"clicks@sha256:{'0' * 64}")


def test_a_manifest_that_was_changed_is_not_read(bucket: Bucket) -> None:
    digest = committed(bucket, OBJECTS, Description())
    key = DatasetKeys("clicks").version(digest)
    stored = bucket.get(key)
    assert stored
    bucket.s3.put_object(Bucket="artifacts", Key=key, Body=stored.content + b" ")

    with pytest.raises(versions.Damaged, match="is not the manifest that was committed"):
        versions.read(bucket.s3, "artifacts", f"clicks@{digest}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("clicks", Reference("clicks", tag="latest")),
        ("clicks:v1.2", Reference("clicks", tag="v1.2")),
        (f"clicks@sha256:{'a' * 64}", Reference("clicks", digest=f"sha256:{'a' * 64}")),
    ],
)
def test_references_have_two_forms(text: str, wanted: Reference) -> None:
    assert Reference.parse(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "Clicks", "clicks:", "clicks@", "clicks@sha256:abc", "a/b", "clicks:-x", "a:b:c"]
)
def test_other_texts_are_no_references(text: str) -> None:
    with pytest.raises(versions.InvalidReference, match="Fix: write DATASET@sha256"):
        Reference.parse(text)


def test_an_added_object_changes_one_part() -> None:
    many = [DatasetObject(f"{n:06}", "k", "v", 1, "") for n in range(40_000)]
    added = sorted([*many, DatasetObject("000100-added", "k", "v", 1, "")])

    before = {documents.digest(parts.lines(batch)) for batch in parts.split(many)}
    after = {documents.digest(parts.lines(batch)) for batch in parts.split(added)}

    assert len(before) > 5
    assert len(after - before) == 1
