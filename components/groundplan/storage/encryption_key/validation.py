"""Validates the arguments of an EncryptionKey."""

from groundplan.context import Context
from groundplan.problems import Problem, one_of, whole_number
from groundplan.storage.encryption_key.args import EncryptionKeyArgs

SERVICES = ("logs", "cloudwatch", "events", "sns", "budgets", "fsx")
"""Services whose own principal needs a statement in the key policy; others use the
permissions of their caller."""


def validate(args: EncryptionKeyArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    problems = whole_number("deletion_window_days", args.get("deletion_window_days"), 7, 30, "days")
    services = args.get("services", ())
    for index, service in enumerate(services):
        problems += one_of(f"services[{index}]", service, SERVICES)
        if service in services[:index]:
            problems.append(
                Problem(f"services[{index}]", service, "each service once", "remove it")
            )
    return problems
