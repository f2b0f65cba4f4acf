"""The delivery settings of a stack, read from its configuration: of any program, also
one that doesn't read them itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from groundplan import excerpts
from groundplan.arguments import Reader, camel_case
from groundplan.delivery_levels.args import DeliveryArgs
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.delivery_levels.validation import validate
from groundplan.excerpts import YamlFile
from groundplan.problems import Problem, report, under

SECTION = "delivery"


class InvalidDelivery(Exception):
    """The delivery settings of a stack are invalid; the message names the keys."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        self._title = f"Pulumi.{stack}.yaml has invalid settings"
        super().__init__(report(self._title, self._problems))

    def with_lines(self, file: YamlFile) -> str:
        """Returns all problems, each with the line of the settings that it is about."""
        return excerpts.report(self._title, self._problems, file, above="config")


def needs_approval(args: DeliveryArgs) -> bool:
    """Whether `groundplan up` deploys only what was approved, by a stack's settings."""
    level, approval = args.get("level"), args.get("approval", {})
    required = level is not None and DeliveryLevel(level).requires_approval
    return required or bool(approval.get("key_arn") or approval.get("store"))


def declared(project: str, stack: str, values: Mapping[str, str]) -> DeliveryArgs:
    """The delivery settings in the configuration of a stack. Raises
    `InvalidDelivery`."""
    written = values.get(f"{project}:{SECTION}", "{}")
    try:
        data = json.loads(written)
    except ValueError:
        data = written
    problems: list[Problem] = []
    args: DeliveryArgs = {}
    if data is None:
        data = {}  # a key without a value, as in the program
    if isinstance(data, dict):
        args, problems = Reader(DeliveryArgs, camel_case, {}).read(data)
    else:
        allowed = "a mapping with the keys approval, level"
        problems = [Problem("", data, allowed, "write it as {level: continuous-delivery}")]
    named = (replace(one, key=camel_case(one.key)) for one in problems or validate(args))
    problems = under(f"{project}:{SECTION}", named)
    if problems:
        raise InvalidDelivery(stack, problems)
    return args
