"""The routes of the API, and the operation that each belongs to.

Operations are what callers are allowed: IAM policies, scopes of tokens and the
component's `callers` name them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class ApiOperation(str, Enum):
    """What a caller may do. Each is granted by itself: who trains or registers a model
    is not, by that, who approves it."""

    READ = "read"
    TRAIN = "train"
    REGISTER = "register"
    APPROVE = "approve"
    RELEASE = "release"


ENDPOINT, DATASET = "/v1/endpoints/{endpoint}", "/v1/datasets/{dataset}"


@dataclass(frozen=True)
class ApiRoute:
    """A route: a method and a path."""

    id: str
    """The operation's id in the OpenAPI document, and the name of the client's
    function."""
    method: str
    path: str
    operation: ApiOperation

    @property
    def key(self) -> str:
        """The route key of API Gateway."""
        return f"{self.method} {self.path}"

    @property
    def arn_path(self) -> str:
        """The path in an ARN of `execute-api`, with `*` for each parameter."""
        return self.arn_path_of("*")

    def arn_path_of(self, endpoint: str) -> str:
        """Returns the same for one endpoint."""
        path = self.path.replace("{endpoint}", endpoint)
        parts = ("*" if part.startswith("{") else part for part in path.split("/"))
        return f"{self.method}{'/'.join(parts)}"

    @property
    def is_of_endpoint(self) -> bool:
        """Whether the route is about one endpoint."""
        return self.path.startswith(ENDPOINT)

    @property
    def writes(self) -> bool:
        return self.method != "GET"


ROUTES = (
    ApiRoute("list_endpoints", "GET", "/v1/endpoints", ApiOperation.READ),
    ApiRoute("get_endpoint", "GET", ENDPOINT, ApiOperation.READ),
    ApiRoute("list_versions", "GET", f"{ENDPOINT}/versions", ApiOperation.READ),
    ApiRoute("register_version", "POST", f"{ENDPOINT}/versions", ApiOperation.REGISTER),
    ApiRoute("get_version", "GET", f"{ENDPOINT}/versions/{{version}}", ApiOperation.READ),
    ApiRoute(
        "decide_on_version",
        "POST",
        f"{ENDPOINT}/versions/{{version}}/decision",
        ApiOperation.APPROVE,
    ),
    ApiRoute("list_releases", "GET", f"{ENDPOINT}/releases", ApiOperation.READ),
    ApiRoute("start_release", "POST", f"{ENDPOINT}/releases", ApiOperation.RELEASE),
    ApiRoute("get_release", "GET", f"{ENDPOINT}/releases/{{release}}", ApiOperation.READ),
    ApiRoute("start_rollback", "POST", f"{ENDPOINT}/rollbacks", ApiOperation.RELEASE),
    ApiRoute("list_trainings", "GET", f"{ENDPOINT}/trainings", ApiOperation.READ),
    ApiRoute("start_training", "POST", f"{ENDPOINT}/trainings", ApiOperation.TRAIN),
    ApiRoute("get_training", "GET", f"{ENDPOINT}/trainings/{{run}}", ApiOperation.READ),
    ApiRoute("list_datasets", "GET", "/v1/datasets", ApiOperation.READ),
    ApiRoute("list_dataset_versions", "GET", f"{DATASET}/versions", ApiOperation.READ),
    ApiRoute("get_dataset_version", "GET", f"{DATASET}/versions/{{digest}}", ApiOperation.READ),
)


def route_of(method: str, path: str) -> ApiRoute | None:
    """Returns the route of a request."""
    return next((route for route in _at(path) if route.method == method), None)


def methods_of(path: str) -> list[str]:
    """Returns the methods that a path has."""
    return sorted({route.method for route in _at(path)})


def of_operations(operations: Iterable[ApiOperation]) -> list[ApiRoute]:
    """Returns the routes of operations."""
    wanted = set(operations)
    return [route for route in ROUTES if route.operation in wanted]


def _at(path: str) -> Iterator[ApiRoute]:
    parts = path.split("/")
    for route in ROUTES:
        own = route.path.split("/")
        same = (o == p or (o.startswith("{") and p) for o, p in zip(own, parts, strict=False))
        if len(own) == len(parts) and all(same):
            yield route
