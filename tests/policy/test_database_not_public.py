from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.database_not_public import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

DATABASE = "aws:rds/instance:Instance"


@pytest.mark.parametrize(
    "inputs", [{}, {"publiclyAccessible": False}, {"publiclyAccessible": "${unknown until config}"}]
)
def test_a_database_without_a_public_address_complies(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    assert check_rule(RULE, build(DATABASE, "runs", inputs)) == []


@pytest.mark.parametrize(
    "kind", [DATABASE, "aws:rds/clusterInstance:ClusterInstance", "aws:redshift/cluster:Cluster"]
)
def test_a_database_on_the_internet_is_named(
    build: Build, check_rule: CheckRule, kind: str
) -> None:
    database = build(kind, "runs", {"publiclyAccessible": True})
    reason = "the database runs has a public address: only its password protects it"
    assert check_rule(RULE, database) == [Breach(database.urn, reason, "publiclyAccessible")]


def test_it_is_about_databases_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:rds/cluster:Cluster", "it", {"publiclyAccessible": True})) == []
    )
