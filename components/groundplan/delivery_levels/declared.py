"""The delivery settings of a stack, read from its configuration: of any program, also
one that doesn't read them itself."""

import json
from collections.abc import Mapping
from dataclasses import replace

from groundplan.arguments import Reader, camel_case
from groundplan.delivery_levels.args import DeliveryArgs
from groundplan.delivery_levels.validation import validate
from groundplan.problems import Problem, report, under

SECTION = "delivery"


class InvalidDelivery(Exception):
    """The delivery settings of a stack are invalid; the message names the keys."""


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
    if isinstance(data, dict):
        args, problems = Reader(DeliveryArgs, camel_case, {}).read(data)
    else:
        problems = [Problem("", data, "a mapping, such as {level: continuous-delivery}")]
    named = (replace(one, key=camel_case(one.key)) for one in problems or validate(args))
    problems = under(SECTION, named)
    if problems:
        raise InvalidDelivery(report(f"Pulumi.{stack}.yaml has invalid settings", problems))
    return args
