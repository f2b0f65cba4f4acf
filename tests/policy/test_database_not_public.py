from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.database_not_public import RULE

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]

DATABASE = "aws:rds/instance:Instance"


@pytest.mark.parametrize(
    "inputs", [{}, {"publiclyAccessible": False}, {"publiclyAccessible": "${unknown until config}"}]
)
def test_a_database_without_a_public_address_complies(
    make: Make, judge: Judge, inputs: Any
) -> None:
    assert judge(RULE, make(DATABASE, "runs", inputs)) == []


@pytest.mark.parametrize(
    "kind", [DATABASE, "aws:rds/clusterInstance:ClusterInstance", "aws:redshift/cluster:Cluster"]
)
def test_a_database_on_the_internet_is_named(make: Make, judge: Judge, kind: str) -> None:
    database = make(kind, "runs", {"publiclyAccessible": True})
    reason = "the database runs has an address on the internet: only a password keeps others out"
    assert judge(RULE, database) == [Breach(database.urn, reason, "publiclyAccessible")]


def test_it_is_about_databases_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:rds/cluster:Cluster", "it", {"publiclyAccessible": True})) == []
