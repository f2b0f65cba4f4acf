"""The settings of the API's function are put together again."""

import dataclasses

import pytest

from rehearsal.account import api_file
from rehearsal.stack import ROOT, manifest


def test_settings_that_the_function_does_not_have_are_refused() -> None:
    plan, environment = manifest(), ROOT / "Pulumi.rehearsal.yaml"
    function = next(r for r in plan if r.name == "api-function" and r.custom)
    assert "approvers" in api_file.text(plan, function, environment)
    other = dataclasses.replace(plan, outputs={**plan.outputs, "releaseTargets": {}})
    with pytest.raises(api_file.NotTheSame, match="api-function"):
        api_file.text(other, function, environment)
