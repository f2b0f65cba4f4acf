"""The content of a model card, by SageMaker's schema."""

import json
from typing import Any

import jsonschema
import pytest
from groundplan.registry.model_registry import model_card
from groundplan.registry.model_registry.args import ModelCardArgs
from groundplan.registry.model_registry.choices import CardStatus, RiskRating
from groundplan.registry.model_registry.spec import resolve_card
from groundplan.registry.model_registry.validation import card_problems

MINIMAL: ModelCardArgs = {
    "owner": "growth",
    "purpose": "Finds customers who may leave",
    "intended_uses": "Offers",
    "risk_rating": RiskRating.MEDIUM,
}
FULL: ModelCardArgs = {
    **MINIMAL,
    "risk_rating": RiskRating.HIGH,
    "risk_explanation": "Decides who gets a discount",
    "limits": "Customers of less than a month",
    "not_intended_uses": "Prices",
    "ethical_considerations": "Age is left out",
    "problem_type": "Binary classification",
    "algorithm": "Gradient-boosted trees",
    "business_problem": "Churn",
    "stakeholders": "Marketing",
    "line_of_business": "Consumer",
    "details": {"review": "2026-11"},
    "status": CardStatus.PENDING_REVIEW,
}


def schema() -> dict[str, Any]:
    """The parts of SageMaker's schema that a card of ours has (Developer Guide, "Model
    card JSON schema")."""

    def part(**lengths: int | None) -> dict[str, Any]:
        fields = {
            name: {"type": "string", **({"maxLength": n} if n else {})}
            for name, n in lengths.items()
        }
        return {"type": "object", "additionalProperties": False, "properties": fields}

    found = {
        "model_overview": part(
            model_name=1024,
            model_description=1024,
            model_owner=1024,
            problem_type=None,
            algorithm_type=1024,
        ),
        "intended_uses": part(
            purpose_of_model=2048,
            intended_uses=2048,
            factors_affecting_model_efficiency=2048,
            risk_rating=None,
            explanations_for_risk_rating=2048,
        ),
        "business_details": part(
            business_problem=2048, business_stakeholders=2048, line_of_business=2048
        ),
        "additional_information": part(
            ethical_considerations=2048, caveats_and_recommendations=2048
        ),
    }
    found["intended_uses"]["properties"]["risk_rating"] = {
        "enum": ["High", "Medium", "Low", "Unknown"]
    }
    found["additional_information"]["properties"]["custom_details"] = {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    return {"type": "object", "additionalProperties": False, "properties": found}


@pytest.mark.parametrize("card", [MINIMAL, FULL])
def test_a_card_fits_the_schema(card: ModelCardArgs) -> None:
    jsonschema.validate(
        json.loads(model_card.content(resolve_card(card), "ml-churn", "Churn")), schema()
    )
    assert card_problems(card) == []


def test_a_minimal_card_contains_its_arguments_only() -> None:
    assert json.loads(model_card.content(resolve_card(MINIMAL), "ml-churn", "Churn")) == {
        "model_overview": {
            "model_name": "ml-churn",
            "model_description": "Churn",
            "model_owner": "growth",
        },
        "intended_uses": {
            "purpose_of_model": "Finds customers who may leave",
            "intended_uses": "Offers",
            "risk_rating": "Medium",
        },
    }


def test_a_full_card_has_all_of_it() -> None:
    content = json.loads(model_card.content(resolve_card(FULL), "ml-churn", "Churn"))

    assert (
        content["intended_uses"]["factors_affecting_model_efficiency"]
        == "Customers of less than a month"
    )
    assert content["business_details"]["business_stakeholders"] == "Marketing"
    assert content["additional_information"] == {
        "ethical_considerations": "Age is left out",
        "caveats_and_recommendations": "Prices",
        "custom_details": {"review": "2026-11"},
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "Draft"),
        (CardStatus.PENDING_REVIEW, "PendingReview"),
        (CardStatus.APPROVED, "Approved"),
    ],
)
def test_the_status_is_sagemakers(status: CardStatus | None, expected: str) -> None:
    card: ModelCardArgs = {**MINIMAL, "status": status} if status else MINIMAL
    assert model_card.status(resolve_card(card)) == expected


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"purpose": "x" * 2049}, "purpose"),
        ({"owner": "x" * 1025}, "owner"),
        ({"limits": " "}, "limits"),
        ({"details": {"a": "x" * 1025}}, "details.a"),
        ({"risk_rating": RiskRating.HIGH}, "risk_explanation"),
    ],
)
def test_what_sagemaker_refuses_is_a_problem(change: Any, key: str) -> None:
    card: Any = {**MINIMAL, **change}
    assert [problem.key for problem in card_problems(card)] == [key]
