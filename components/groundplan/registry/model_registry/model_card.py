"""The model card of a group, as the JSON that SageMaker wants: what a model is for, how
risky it is, who answers for it.

Fields and lengths: SageMaker AI Developer Guide, "Amazon SageMaker Model Cards", model
card JSON schema.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, NotRequired, TypedDict

from groundplan.problems import Problem

LONG, SHORT = 2048, 1024


class RiskRating(str, Enum):
    """How much harm a model's mistakes can do, by your organization's own measure."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class CardStatus(str, Enum):
    """How far the card itself has come; it says nothing about a version of the model."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending-review"
    APPROVED = "approved"
    ARCHIVED = "archived"


class ModelCardArgs(TypedDict):
    """What a model is for, and who answers for it. All of it updates in place, as a new
    version of the card."""

    owner: str
    """Who answers for the model: a team, an address. At most 1,024 characters."""
    purpose: str
    """Why the model was built. At most 2,048 characters, as all that follows."""
    intended_uses: str
    """What it may be used for."""
    risk_rating: RiskRating
    """`high`, `medium`, `low` or `unknown`."""
    risk_explanation: NotRequired[str]
    """Why it has that rating; required where it is `high`."""
    limits: NotRequired[str]
    """Where it is known to be worse: populations, seasons, inputs it never saw."""
    not_intended_uses: NotRequired[str]
    """What it must not be used for."""
    ethical_considerations: NotRequired[str]
    """Whom it can harm, and what was done about it."""
    problem_type: NotRequired[str]
    """Binary classification, ranking, text generation."""
    algorithm: NotRequired[str]
    """Gradient-boosted trees, transformer. At most 1,024 characters."""
    business_problem: NotRequired[str]
    """What it is worth to the business."""
    stakeholders: NotRequired[str]
    """Whom a change of the model concerns."""
    line_of_business: NotRequired[str]
    """The part of the business."""
    details: NotRequired[Mapping[str, str]]
    """Anything else, by name, at most 1,024 characters each."""
    status: NotRequired[CardStatus]
    """`draft`, `pending-review`, `approved` or `archived`. Default: `draft`."""


LENGTHS: Mapping[str, int] = {
    "owner": SHORT,
    "algorithm": SHORT,
    **dict.fromkeys(
        (
            "purpose",
            "intended_uses",
            "risk_explanation",
            "limits",
            "not_intended_uses",
            "ethical_considerations",
            "problem_type",
            "business_problem",
            "stakeholders",
            "line_of_business",
        ),
        LONG,
    ),
}


def problems(card: ModelCardArgs) -> list[Problem]:
    """What is wrong with the values of a card."""
    found = []
    for key, value in card.items():
        if (
            key in LENGTHS
            and isinstance(value, str)
            and not 1 <= len(value.strip()) <= LENGTHS[key]
        ):
            found.append(
                Problem(
                    key, value, f"1 to {LENGTHS[key]} characters", "say it shorter, or leave it out"
                )
            )
    for name, detail in card.get("details", {}).items():
        if not 1 <= len(detail) <= SHORT:
            found.append(
                Problem(
                    f"details.{name}",
                    detail,
                    f"1 to {SHORT} characters",
                    "say it shorter, or leave it out",
                )
            )
    if card.get("risk_rating") is RiskRating.HIGH and not card.get("risk_explanation"):
        allowed = "why the rating is high, so that a reviewer can weigh it"
        found.append(
            Problem(
                "risk_explanation", card.get("risk_explanation", ""), allowed, "explain the rating"
            )
        )
    return found


def status(card: ModelCardArgs) -> str:
    """The card's status in SageMaker's words: `PendingReview`."""
    return "".join(
        word.capitalize() for word in card.get("status", CardStatus.DRAFT).value.split("-")
    )


def content(card: ModelCardArgs, group: str, description: str) -> str:
    """The card's content. `group` is the name of the model package group that it
    describes."""
    overview = {
        "model_name": group,
        "model_description": description,
        "model_owner": card["owner"],
        "problem_type": card.get("problem_type"),
        "algorithm_type": card.get("algorithm"),
    }
    uses = {
        "purpose_of_model": card["purpose"],
        "intended_uses": card["intended_uses"],
        "factors_affecting_model_efficiency": card.get("limits"),
        "risk_rating": card["risk_rating"].value.capitalize(),
        "explanations_for_risk_rating": card.get("risk_explanation"),
    }
    business = {
        "business_problem": card.get("business_problem"),
        "business_stakeholders": card.get("stakeholders"),
        "line_of_business": card.get("line_of_business"),
    }
    additional = {
        "ethical_considerations": card.get("ethical_considerations"),
        "caveats_and_recommendations": card.get("not_intended_uses"),
        "custom_details": dict(card["details"]) if card.get("details") else None,
    }
    parts: dict[str, Mapping[str, Any]] = {
        "model_overview": overview,
        "intended_uses": uses,
        "business_details": business,
        "additional_information": additional,
    }
    told = {name: _told(part) for name, part in parts.items()}
    return json.dumps({name: part for name, part in told.items() if part}, sort_keys=True)


def _told(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if value}
