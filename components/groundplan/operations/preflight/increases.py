"""Requests increases of service quotas: the only writes of a preflight, and only where
they are asked for."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations.preflight.finding import Increase

OPEN = ("PENDING", "CASE_OPENED")


def request(session: Any, increases: Sequence[Increase]) -> tuple[list[Increase], list[str]]:
    """Requests each increase. Returns those that were requested, and a line for each
    that was not."""
    done: list[Increase] = []
    lines: list[str] = []
    for increase in increases:
        client = session.client("service-quotas", region_name=increase.region, config=aws.CONTROL)
        try:
            pending = _pending(client, increase)
            if pending:
                lines.append(f"{increase.name}: an increase to {pending:g} is open already")
                continue
            client.request_service_quota_increase(
                ServiceCode=increase.service,
                QuotaCode=increase.code,
                DesiredValue=increase.value,
            )
        except (ClientError, BotoCoreError) as error:
            lines.append(f"{increase.name}: {aws.words(error)}")
        else:
            done.append(increase)
    return done, lines


def _pending(client: Any, increase: Increase) -> float:
    """Returns the value of an increase that is under way, 0 without one: Service Quotas
    refuses a second."""
    answer = client.list_requested_service_quota_change_history_by_quota(
        ServiceCode=increase.service, QuotaCode=increase.code
    )
    values = [
        float(entry.get("DesiredValue") or 0)
        for entry in answer.get("RequestedQuotas") or ()
        if entry.get("Status") in OPEN
    ]
    return max(values, default=0.0)
