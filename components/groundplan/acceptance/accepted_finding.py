"""AcceptedFinding: accepts a policy finding or a risk beside the code that causes
it."""

import pulumi

from groundplan import arguments
from groundplan.acceptance.args import AcceptedFindingArgs
from groundplan.acceptance.validation import validate
from groundplan.arguments import camel_case
from groundplan.component import Component
from groundplan.context import Context


class AcceptedFinding(Component):
    """An acceptance of one policy finding or risk, with its reason, owner and last day.
    It has no children: previews and the policy pack read it."""

    def __init__(
        self,
        name: str,
        args: AcceptedFindingArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # Registered with its arguments, which previews read: so they are validated
        # before.
        valid = arguments.validated(
            "AcceptedFinding", AcceptedFindingArgs, args, validate, Context.of(name, opts)
        )
        inputs = {camel_case(key): value for key, value in valid.items()}
        super().__init__("groundplan:index:AcceptedFinding", name, inputs, opts)
        self.register_outputs({})
