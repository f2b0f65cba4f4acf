"""The model card of a group, as the JSON that SageMaker stores: the purpose, the risk
and the owner of a model.

Fields: SageMaker AI Developer Guide, "Amazon SageMaker Model Cards", model card JSON
schema.
"""

import json
from collections.abc import Mapping
from typing import Any

from groundplan.registry.model_registry.spec import Card


def status(card: Card) -> str:
    """Returns the card's status as SageMaker spells it: `PendingReview`."""
    return "".join(word.capitalize() for word in card.status.value.split("-"))


def content(card: Card, group: str, description: str) -> str:
    """Returns the content of the card of a model package group."""
    overview = {
        "model_name": group,
        "model_description": description,
        "model_owner": card.owner,
        "problem_type": card.problem_type,
        "algorithm_type": card.algorithm,
    }
    uses = {
        "purpose_of_model": card.purpose,
        "intended_uses": card.intended_uses,
        "factors_affecting_model_efficiency": card.limits,
        "risk_rating": card.risk_rating.value.capitalize(),
        "explanations_for_risk_rating": card.risk_explanation,
    }
    business = {
        "business_problem": card.business_problem,
        "business_stakeholders": card.stakeholders,
        "line_of_business": card.line_of_business,
    }
    additional = {
        "ethical_considerations": card.ethical_considerations,
        "caveats_and_recommendations": card.not_intended_uses,
        "custom_details": dict(card.details) if card.details else None,
    }
    sections: dict[str, Mapping[str, Any]] = {
        "model_overview": overview,
        "intended_uses": uses,
        "business_details": business,
        "additional_information": additional,
    }
    filled = {
        name: {key: value for key, value in section.items() if value}
        for name, section in sections.items()
    }
    return json.dumps(
        {name: section for name, section in filled.items() if section}, sort_keys=True
    )
