"""S3 in memory answers as moto does: where the two agree, what is tested with one holds
for the other."""

import random
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.data.versions.bucket import Bucket
from memory_s3 import MemoryS3

KEYS = ("a", "b/a", "b/c")


def answer(s3: Any, call: str, ids: dict[str, str], request: dict[str, Any]) -> Any:
    """Returns what matters of an answer; ids of versions as numbers, in the order in
    which they came."""
    try:
        if call.startswith("list_object"):
            pages = s3.get_paginator(call).paginate(Bucket="artifacts", **request)
            found: Any = [
                (item["Key"], item["Size"], item["ETag"], item.get("IsLatest"))
                for page in pages
                for item in page.get("Contents", page.get("Versions", ()))
            ]
            return found
        given = getattr(s3, call)(Bucket="artifacts", **request)
    except ClientError as failed:
        return failed.response["Error"]["Code"]
    if "VersionId" in given and call == "put_object":
        ids[given["VersionId"]] = str(len(ids))
    if call == "delete_object":
        return "deleted"
    body = given["Body"].read() if "Body" in given else None
    return {
        "ETag": given.get("ETag"),
        "VersionId": ids.get(given.get("VersionId", "")),
        "ContentLength": given.get("ContentLength") if call != "put_object" else None,
        "Body": body,
    }


def test_memory_answers_as_moto(bucket: Bucket) -> None:
    # The bucket's clock is of no account: it is no part of what is compared.
    chosen = random.Random(7)  # noqa: S311
    memory = MemoryS3()
    ids: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for step in range(200):
        request, other = request_of(chosen, ids, theirs)
        call = request.pop("call")
        other.pop("call")
        ours = answer(memory, call, ids, request)
        assert ours == answer(bucket.s3, call, theirs, other), (step, call, request)


def request_of(
    chosen: random.Random, ids: dict[str, str], theirs: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns a request, with the ids of versions that each side gave."""
    call = chosen.choice(
        ["put_object"] * 4
        + ["get_object", "head_object", "delete_object", "list_objects_v2", "list_object_versions"]
    )
    request: dict[str, Any] = {"call": call}
    if call.startswith("list"):
        return {**request, "Prefix": (prefix := chosen.choice(["", "b/"]))}, {
            **request,
            "Prefix": prefix,
        }
    request["Key"] = chosen.choice(KEYS)
    if call == "put_object":
        request["Body"] = chosen.choice([b"1", b"2", b"33"])
        condition = chosen.choice([{}, {"IfNoneMatch": "*"}, {"IfMatch": '"x"'}])
        return {**request, **condition}, {**request, **condition}
    if ids and chosen.random() < 0.4:
        number = chosen.choice(sorted(ids.values(), key=int))
        return (
            {**request, "VersionId": next(k for k, v in ids.items() if v == number)},
            {**request, "VersionId": next(k for k, v in theirs.items() if v == number)},
        )
    return request, dict(request)
