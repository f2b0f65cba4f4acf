import gc
from collections.abc import Callable

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy import relations as module
from groundplan.policy.relations import relations

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"

Build = Callable[..., Resource]


def of(*resources: Resource) -> Manifest:
    return Manifest("project", "test", resources)


def test_references_are_found_by_where_the_input_comes_from_not_by_its_text(build: Build) -> None:
    data, logs = build(BUCKET, "data"), build(BUCKET, "logs")
    policy = build(
        POLICY, "policy", {"bucket": "${unknown until data}"}, {"bucket": data, "policy": logs}
    )
    related = relations(of(data, logs, policy))
    assert list(related.to(data, [POLICY], "bucket")) == [policy]
    assert list(related.to(logs, [POLICY], "bucket")) == []
    assert list(related.to(data, ["aws:s3/bucketAcl:BucketAcl"], "bucket")) == []
    assert related.uses(logs, [POLICY], "policy")
    assert related.uses(logs, [POLICY])
    assert not related.uses(logs, [POLICY], "bucket")


def test_of_several_of_a_type_the_one_in_the_text_is_meant(build: Build) -> None:
    data, other = build(BUCKET, "data"), build(BUCKET, "data-2")
    policy = build(POLICY, "policy", {"bucket": "${data.bucket}"}, {"bucket": [data, other]})
    related = relations(of(data, other, policy))
    assert list(related.to(data, [POLICY], "bucket")) == [policy]
    assert list(related.to(other, [POLICY], "bucket")) == []


def test_an_unresolved_reference_relates_to_all(build: Build) -> None:
    data, other = build(BUCKET, "data"), build(BUCKET, "other")
    policy = build(
        POLICY, "policy", {"bucket": "${unknown until data, other}"}, {"bucket": [data, other]}
    )
    related = relations(of(data, other, policy))
    assert [list(related.to(bucket, [POLICY], "bucket")) for bucket in (data, other)] == [
        [policy],
        [policy],
    ]


def test_resources_are_found_by_type(build: Build) -> None:
    data, policy = build(BUCKET, "data"), build(POLICY, "policy")
    assert list(relations(of(data, policy)).any_of(BUCKET, "aws:sns/topic:Topic")) == [data]


def test_a_manifest_is_read_once_and_forgotten_with_it(build: Build) -> None:
    manifest = of(build(BUCKET, "data"))
    assert relations(manifest) is relations(manifest)
    assert relations(of(build(BUCKET, "data"))) is not relations(manifest)
    gc.collect()
    before = len(module._CACHE)
    del manifest
    gc.collect()
    assert len(module._CACHE) == before - 1
