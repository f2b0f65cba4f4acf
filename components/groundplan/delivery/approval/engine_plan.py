"""The engine's own plan of an update (`pulumi preview --save-plan`), as far as it
decides whether it can constrain that update.

`pulumi up --plan` refuses each operation that the plan does not have. It also refuses
outputs of components that the plan does not know and the update does, after it has
changed what comes before: measured with 3.272, a first deployment of an environment
fails after 134 of 159 resources. Where all outputs of components are known, it does
not.
"""

import json
import pathlib

REFUSED = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "@isPulumiResource",
)
"""What the engine writes for a value that is not known before the update (pulumi,
pkg/resource/stack, computedValuePlaceholder), and into an output that is a resource,
which the update then has without it (pulumi/pulumi#16681)."""


def components_with_unknown_outputs(file: pathlib.Path) -> int:
    """The number of components whose outputs a plan does not know. Raises `ValueError`
    for another file."""
    plans = json.loads(file.read_text(encoding="utf-8")).get("resourcePlans") or {}
    goals = ((plan.get("goal") or {}, plan.get("state")) for plan in plans.values())
    outputs = (
        json.dumps([goal.get("outputDiff"), state])
        for goal, state in goals
        if not goal.get("custom", True)
    )
    return sum(any(mark in text for mark in REFUSED) for text in outputs)
