"""What APIs cost: their requests."""

import pulumi_aws as aws
import pytest
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import Estimate, estimate
from groundplan.testing import deploy


def of(protocol: str, assumptions: Assumptions | None = None) -> Estimate:
    plan = deploy(lambda: aws.apigatewayv2.Api("api", protocol_type=protocol), region="us-east-1")
    return estimate(plan.manifest, assumptions)


def test_an_http_api_costs_its_requests() -> None:
    # A million requests cost a dollar (API Gateway pricing page, us-east-1).
    found = of("HTTP", Assumptions(http_api_requests=2_000_000))
    assert found.expected == pytest.approx(2.0)


def test_a_websocket_api_has_no_price_here() -> None:
    (unknown,) = of("WEBSOCKET").unknown
    assert "WebSocket" in unknown
