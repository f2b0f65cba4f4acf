"""The account is read page by page, once, and never written; what can't be read says
why."""

from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import EndpointConnectionError  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.operations.preflight.account import Account, why
from groundplan.operations.preflight.finding import Increase
from groundplan.operations.preflight.increases import request
from groundplan.operations.preflight.reader import Denied, Missing, Unread

REGION = "eu-west-1"
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


class Stubbed:
    """A session whose clients answer what a test says."""

    region_name = REGION

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}
        self.stubs: dict[str, Stubber] = {}

    def client(self, service: str, **_: Any) -> Any:
        if service not in self.clients:
            client = boto3.session.Session().client(service, region_name=REGION, **KEYS)
            self.clients[service] = client
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()
        return self.clients[service]

    def stub(self, service: str) -> Stubber:
        self.client(service)
        return self.stubs[service]


@pytest.fixture(scope="module")
def shared() -> Stubbed:
    return Stubbed()


@pytest.fixture
def session(shared: Stubbed) -> Iterator[Stubbed]:
    yield shared
    for stub in shared.stubs.values():
        stub.assert_no_pending_responses()


def test_pages_are_joined_and_read_once(session: Stubbed) -> None:
    stub = session.stub("service-quotas")
    for code, token in (("L-1", {"NextToken": "2"}), ("L-2", {})):
        stub.add_response("list_service_quotas", {"Quotas": [{"QuotaCode": code}], **token})
    account = Account(session)
    for _ in range(2):
        answer = account.read(
            "service-quotas", "list_service_quotas", region=REGION, ServiceCode="ec2"
        )
        assert [quota["QuotaCode"] for quota in answer["Quotas"]] == ["L-1", "L-2"]


def test_no_write_gets_to_aws(session: Stubbed) -> None:
    with pytest.raises(ValueError, match="is no read"):
        Account(session).read("ec2", "create_vpc", region=REGION)


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("UnauthorizedOperation", 403, Denied, "no permission for ec2:describe_vpcs in eu-west-1"),
        ("AccessDeniedException", 400, Denied, "Fix: allow it to the caller"),
        ("OptInRequired", 401, Unread, "may not be enabled for this account"),
        ("AuthFailure", 401, Unread, "may not be enabled for this account"),
        ("RequestLimitExceeded", 503, Unread, "throttled or unavailable after every retry"),
        ("ExpiredToken", 403, Unread, "sign in again"),
        ("InvalidVpcID.NotFound", 400, Missing, "no"),
        ("InvalidParameterValue", 400, Unread, "DescribeVpcs: InvalidParameterValue"),
    ],
)
def test_a_failed_read_says_why(
    session: Stubbed, code: str, status: int, kind: type[Exception], words: str
) -> None:
    stub = session.stub("ec2")
    session.client("ec2").meta.events.unregister("needs-retry.ec2", unique_id="retry-config-ec2")
    stub.add_client_error("describe_vpcs", code, "no", status)
    with pytest.raises(kind, match=words):
        Account(session).read("ec2", "describe_vpcs", region=REGION)


def test_a_region_without_the_service_is_named() -> None:
    error = EndpointConnectionError(endpoint_url="https://eks.mars-north-1.amazonaws.com")
    text = why(error, "eks", "list_clusters", "mars-north-1")
    assert "mars-north-1 does not answer eks" in text


INCREASE = Increase("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", REGION, 64.0)
HISTORY = "list_requested_service_quota_change_history_by_quota"


def test_an_increase_is_requested_once(session: Stubbed) -> None:
    stub = session.stub("service-quotas")
    quota = {"ServiceCode": "ec2", "QuotaCode": "L-DB2E81BA"}
    stub.add_response(HISTORY, {"RequestedQuotas": []}, quota)
    stub.add_response("request_service_quota_increase", {}, {**quota, "DesiredValue": 64.0})
    assert request(session, [INCREASE]) == ([INCREASE], [])
    pending = [{"Status": "CASE_OPENED", "DesiredValue": 128.0}]
    stub.add_response(HISTORY, {"RequestedQuotas": pending}, quota)
    done, lines = request(session, [INCREASE])
    assert done == []
    assert "an increase to 128 is open already" in lines[0]


def test_a_refused_increase_says_why(session: Stubbed) -> None:
    stub = session.stub("service-quotas")
    stub.add_response(HISTORY, {"RequestedQuotas": []})
    stub.add_client_error("request_service_quota_increase", "AccessDeniedException", "no")
    done, lines = request(session, [INCREASE])
    assert done == []
    assert "AccessDeniedException" in lines[0]
