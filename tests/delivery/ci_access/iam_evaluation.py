"""IAM's evaluation of policies, as far as those of CiAccess go (IAM User Guide, "Policy
evaluation logic")."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

Document = str | Mapping[str, Any]


def statements(document: Document) -> list[Mapping[str, Any]]:
    data = json.loads(document) if isinstance(document, str) else document
    return list(data["Statement"])


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def matches(pattern: str, text: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Returns whether every condition holds. A key that the request lacks fails a
    positive operator and meets a negated one."""
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            value = context.get(key)
            match operator:
                case "StringEquals":
                    holding = value is not None and value in listed(wanted)
                case "StringLike":
                    holding = value is not None and any(
                        matches(one, value) for one in listed(wanted)
                    )
                case "StringNotEquals":
                    holding = value is None or value not in listed(wanted)
                case "Null":
                    holding = (value is None) == (wanted == "true")
                case _:
                    raise NotImplementedError(operator)
            if not holding:
                return False
    return True


def applies(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    lower = action.lower()
    if "Action" in statement:
        named = any(matches(one.lower(), lower) for one in listed(statement["Action"]))
    else:
        named = not any(matches(one.lower(), lower) for one in listed(statement["NotAction"]))
    if "Resource" in statement:
        on = any(matches(one, resource) for one in listed(statement["Resource"]))
    else:
        on = not any(matches(one, resource) for one in listed(statement["NotResource"]))
    return named and on and holds(statement.get("Condition", {}), context)


def decision(document: Document, action: str, resource: str, context: Mapping[str, str]) -> str:
    """Returns `Allow`, `Deny` (explicit) or `` (nothing says)."""
    effects = {
        one["Effect"] for one in statements(document) if applies(one, action, resource, context)
    }
    return "Deny" if "Deny" in effects else "Allow" if effects else ""


def trusted(trust: Document, issuer: str, claims: Mapping[str, str]) -> bool:
    """Returns whether a token of an issuer may assume a role. STS compares the audience
    with the provider's list as well; here only the trust policy does."""
    context = {f"{issuer}:{claim}": value for claim, value in claims.items()}
    return any(
        one["Effect"] == "Allow"
        and one["Action"] == "sts:AssumeRoleWithWebIdentity"
        and one["Principal"]["Federated"].endswith(issuer)
        and holds(one["Condition"], context)
        for one in statements(trust)
    )
