"""A proof reads any plan: inputs may be absent, unknown, or of another shape."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from groundplan.proof import Verdict, prove
from isolation_plans import Data, isolated, manifest

VALUES: tuple[Any, ...] = (None, "${other.output}", "", 5, True, [], {}, [5], ["${a.b}"], {"a": 1})


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Returns every place in a value: the mapping or list, and the key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, dict | list) else ():
        yield value, key
        if isinstance(item, dict | list):
            yield from holders(item)


@pytest.mark.parametrize("seed", range(25))
def test_a_proof_does_not_fail_on_any_inputs(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    data: Data = isolated()
    for resource in data["resources"]:
        places = list(holders(resource["inputs"]))
        for holder, key in rng.sample(places, min(len(places), rng.choice([0, 1, 3]))):
            if isinstance(holder, dict) and key in holder:
                holder[key] = rng.choice(VALUES)
    proof = prove(manifest(data))
    assert proof.verdict in Verdict
    assert all(result.reason for result in proof.of(Verdict.UNKNOWN))
    assert all(result.counterexample for result in proof.of(Verdict.REFUTED))
