"""Gateways: APIs, by their requests."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import Charge, Context, Estimator, Unknown
from groundplan.manifest.model import Resource


def http_api(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Requests to an HTTP API; refused ones are charged too."""
    if resource.inputs.get("protocolType") != "HTTP":
        yield Unknown("no price for WebSocket APIs")
        return
    requests = ctx.assume("http_api_requests", resource)
    yield ctx.charge("http-api-request", requests, f"{amount_text(requests)} requests")


ESTIMATORS: Mapping[str, Estimator] = {"http-api": http_api}
