"""Validates the arguments of an EncryptionKey."""

from groundplan.context import Context
from groundplan.problems import Problem, one_of, whole_number
from groundplan.storage.encryption_key.args import EncryptionKeyArgs

SERVICES = ("logs", "cloudwatch", "events", "sns", "budgets", "fsx")
"""Services whose own principal needs a statement in the key's policy; others act with
the caller's permissions."""


def validate(args: EncryptionKeyArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = whole_number("deletion_window_days", args.get("deletion_window_days"), 7, 30, "days")
    for index, service in enumerate(args.get("services", ())):
        found += one_of(f"services[{index}]", service, SERVICES)
    return found
