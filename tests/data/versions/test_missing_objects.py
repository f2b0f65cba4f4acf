"""A principal that may list some folders only learns that a missing object is
forbidden: it is missing all the same."""

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.data.versions.bucket import Bucket
from memory_s3 import MemoryS3, Paginator, error


class Restricted:
    """S3 for a role whose ListBucket has a condition on s3:prefix."""

    def __init__(self, s3: MemoryS3, *, lists: bool) -> None:
        self._s3, self._lists = s3, lists

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def get_paginator(self, _name: str) -> Paginator:
        return Paginator(self._listed)

    def _listed(self, **request: Any) -> dict[str, Any]:
        if not self._lists:
            raise error("AccessDenied", "ListObjectsV2")
        return self._s3.list_objects_v2(**request)

    def get_object(self, **request: Any) -> Any:
        if request["Key"] == "secret":
            raise error("AccessDenied", "GetObject")
        try:
            return self._s3.get_object(**request)
        except ClientError:
            raise error("AccessDenied", "GetObject") from None


def bucket(*, lists: bool = True) -> Bucket:
    s3 = MemoryS3()
    s3.put_object(Bucket="b", Key="there", Body=b"1")
    s3.put_object(Bucket="b", Key="missing-but-longer", Body=b"1")
    s3.put_object(Bucket="b", Key="secret", Body=b"1")
    return Bucket(Restricted(s3, lists=lists), "b")


def test_a_missing_object_is_missing() -> None:
    assert bucket().get("missing") is None
    assert bucket().get("there") is not None


@pytest.mark.parametrize(("key", "lists"), [("secret", True), ("missing", False)])
def test_an_object_that_may_not_be_read_is_an_error(key: str, *, lists: bool) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        bucket(lists=lists).get(key)
