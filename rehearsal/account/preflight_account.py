"""A new account with room for everything, as `groundplan preflight` reads it: each read
is allowed or refused as any other call is.

IAM's simulation decides by the policies of the principal that it is asked about, as
GetRole and `SimulatePrincipalPolicy` describe them (IAM API Reference).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.facts import table
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Denied, Missing
from groundplan.operations.preflight.sagemaker_instances import of

from rehearsal.account.names import ACCOUNT
from rehearsal.permissions.guard import Guard, current
from rehearsal.permissions.policies import Need, identity
from rehearsal.permissions.requests import Keys, needs

ROOM = 1_000_000.0
NAMED = ("describe_model_package_group", "describe_secret", "get_queue_url", "head_bucket")
DESCRIBED = re.compile(r"get_(database|function\w*|role)|describe_(cluster|db_instances)")
"""Reads of one thing by its name, which a new account does not have."""


@dataclass
class NewAccount:
    """The reader of one job."""

    guard: Guard
    plan: Plan
    read_by: set[str] = field(default_factory=set)
    """The operations that were called."""

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        """Returns what a new account answers. Raises `Denied` where no policy allows
        it."""
        self.read_by.add(f"{service}:{operation}")
        # IAM compares actions without case.
        action = operation.replace("_", "")
        if action == "headbucket":
            action = "HeadBucket"
        for need in needs(region, Keys(), service, action, request):
            if not self.guard.allows(need):
                raise Denied(f"{current().arn} may not {need}")
        if operation in NAMED or DESCRIBED.fullmatch(operation):
            raise Missing(operation)
        answer = getattr(self, f"_{operation}", None)
        return answer(region, request) if answer else {}

    def web(self, address: str, token: str = "") -> str | None:  # noqa: ARG002 (the protocol's)
        """The stack has no page to read."""
        return None

    def connects(self, host: str, port: int) -> bool:  # noqa: ARG002 (the protocol's)
        """The stack has no cluster to connect to."""
        return False

    def _get_caller_identity(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"Arn": current().caller, "Account": ACCOUNT}

    def _get_account_summary(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"SummaryMap": {"Roles": 3, "RolesQuota": 1000}}

    def _get_account_settings(self, _region: str, _request: Mapping[str, Any]) -> Any:
        limits = ("ConcurrentExecutions", "UnreservedConcurrentExecutions")
        return {"AccountLimit": dict.fromkeys(limits, 1000)}

    def _describe_availability_zones(self, region: str, _request: Mapping[str, Any]) -> Any:
        return {"AvailabilityZones": [{"ZoneName": f"{region}{zone}"} for zone in "abc"]}

    def _batch_get_image(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"images": [{}]}

    def _list_service_quotas(self, _region: str, request: Mapping[str, Any]) -> Any:
        service = request["ServiceCode"]
        rows = table.rows("service-quotas.csv")
        codes = {row["code"]: row["name"] for row in rows if row["service"] == service}
        if service == "sagemaker":
            codes = {f"L-{need.quota}": need.quota for need in of(self.plan)}
        quotas = [
            {"QuotaCode": code, "QuotaName": name, "Value": ROOM, "Adjustable": True}
            for code, name in sorted(codes.items())
        ]
        return {"Quotas": quotas}

    def _simulate_principal_policy(self, _region: str, request: Mapping[str, Any]) -> Any:
        role = self.guard.policies.roles[request["PolicySourceArn"]]
        context = {e["ContextKeyName"]: e["ContextKeyValues"][0] for e in request["ContextEntries"]}
        found = []
        for action in request["ActionNames"]:
            (resource,) = request.get("ResourceArns", ("*",))
            allowed, deciding = identity(role, Need(action, resource, context))
            decision = "explicitDeny" if deciding else "implicitDeny"
            found.append(
                {"EvalActionName": action, "EvalDecision": "allowed" if allowed else decision}
            )
        return {"EvaluationResults": found}
