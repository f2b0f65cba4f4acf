"""A state in a file is that of the stack that is named."""

import json
import pathlib

import pytest
from groundplan.command_line import deployed_state
from groundplan.command_line.errors import CommandError


@pytest.fixture
def state(tmp_path: pathlib.Path) -> str:
    urn = "urn:pulumi:dev::ml::aws:s3/bucket:Bucket::data"
    entry = {"urn": urn, "type": "aws:s3/bucket:Bucket", "id": "data", "custom": True}
    file = tmp_path / "state.json"
    deployment = {"manifest": {}, "resources": [{**entry, "inputs": {}, "outputs": {}}]}
    file.write_text(json.dumps({"version": 3, "deployment": deployment}))
    return str(file)


@pytest.mark.parametrize("stack", ["", "dev", "organization/ml/dev"])
def test_the_stack_of_a_state_is_that_of_its_urns(stack: str, state: str) -> None:
    assert deployed_state.read(state, stack).stack == "dev"


def test_the_state_of_another_stack_is_refused(state: str) -> None:
    with pytest.raises(CommandError, match=r"is the state of dev, not of prod\. Fix: name the"):
        deployed_state.read(state, "prod")
