"""A bucket of a store with the API of Amazon S3, for pods of any Kubernetes cluster:
its arguments, their validation, and what a pod needs to reach it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

from groundplan.arguments import defaults, with_defaults
from groundplan.kubernetes import object_names
from groundplan.problems import Problem, under
from groundplan.web_addresses import http_problems

HTTPS, HTTP = 443, 80
SECRET_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class ObjectStoreArgs(TypedDict):
    """A bucket of a store with the API of Amazon S3: MinIO, Ceph, a cloud's own."""

    bucket_name: str
    """Name of the bucket. Updates in place; objects of before stay where they are."""
    endpoint_url: str
    """URL of the store: https://minio.example.com, http://minio.minio.svc:9000. Updates
    in place."""
    secret: str
    """Name of a Kubernetes secret in the namespace, with the keys `AWS_ACCESS_KEY_ID`
    and `AWS_SECRET_ACCESS_KEY`. Updates in place."""
    region: NotRequired[str]
    """Region that requests are signed for. Updates in place. Default: us-east-1, which
    such stores take."""


OBJECT_STORE_DEFAULTS = defaults(ObjectStoreArgs, region="us-east-1")


@dataclass(frozen=True)
class ObjectStore:
    """A bucket of a store, complete."""

    bucket_name: str
    endpoint_url: str
    secret: str
    region: str

    @property
    def port(self) -> int:
        """The TCP port of the store."""
        url = urlsplit(self.endpoint_url)
        return url.port or (HTTP if url.scheme == "http" else HTTPS)

    @property
    def variables(self) -> dict[str, str]:
        """The variables of an AWS SDK that name the store, without its secret."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint_url,
            "AWS_REGION": self.region,
            # Stores that are not Amazon's know these checksums late, or not at all.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }

    def environment(self) -> list[dict[str, Any]]:
        """Returns the environment variables of a container that reads and writes the
        bucket with an AWS SDK."""
        plain = [{"name": name, "value": value} for name, value in self.variables.items()]
        secret = [
            {"name": key, "valueFrom": {"secretKeyRef": {"name": self.secret, "key": key}}}
            for key in SECRET_KEYS
        ]
        return [*plain, *secret]


def resolve(args: ObjectStoreArgs) -> ObjectStore:
    """Returns the store of valid arguments."""
    return ObjectStore(**with_defaults(ObjectStoreArgs, args))


def problems(key: str, args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of a store's arguments."""
    example = "https://minio.example.com"
    found = http_problems("endpoint_url", args.get("endpoint_url"), example)
    found += object_names.problems("secret", args.get("secret"), "secret")
    return under(key, found)
