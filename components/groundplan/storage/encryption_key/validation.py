"""Validates the arguments of an EncryptionKey."""

from groundplan.context import Context
from groundplan.facts import regions
from groundplan.problems import Problem, one_of, whole_number
from groundplan.storage.encryption_key.args import EncryptionKeyArgs

SERVICES = (
    "logs",
    "log-delivery",
    "cloudwatch",
    "events",
    "sns",
    "budgets",
    "costalerts",
    "fsx",
    "aps",
)
"""Services whose service principal needs a statement in the key policy; others use the
caller's permissions."""


def validate(args: EncryptionKeyArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    problems = whole_number("deletion_window_days", args.get("deletion_window_days"), 7, 30, "days")
    problems += one_of("region", args.get("region"), regions.names())
    services = args.get("services", ())
    for index, service in enumerate(services):
        key = f"services[{index}]"
        problems += one_of(key, service, SERVICES)
        if service in SERVICES and service in services[:index]:
            problems.append(Problem(key, service, "each service once", "remove it"))
    return problems
