"""The kinds of risks: what each means, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RiskKind:
    """A kind of risk."""

    name: str
    """`data-loss`."""
    summary: str
    """What happens, as a sentence."""
    levels: str
    """What high, medium and low mean for it."""
    fix: str
    """What to do, in the imperative."""


KINDS: tuple[RiskKind, ...] = (
    RiskKind(
        "access",
        "Somebody can do more than before, or from more places.",
        "High: everybody, the internet, administrators, all actions or resources; or an unknown "
        "policy. Medium: a write, a role that can be assumed, another account. Low: a read of "
        "named resources.",
        "name the actions, resources, principals and networks that are needed, and no others",
    ),
    RiskKind(
        "cost",
        "The environment costs more.",
        "High: more than twice of before, and more than 500 USD a month on top. Medium: more than "
        "20 % and more than 50 USD a month on top.",
        "choose a smaller size or a lower maximum, or accept the risk for the stack",
    ),
    RiskKind(
        "data-loss",
        "Data is deleted, or kept for a shorter time.",
        "High: data is lost by this change, or would be if what isn't known is so. Medium: it may "
        "be lost, or expires earlier. Low: little can be lost.",
        "keep the resource's name and what forces its replacement, add an alias where it is "
        "renamed, or back the data up before",
    ),
    RiskKind(
        "downtime",
        "What serves requests stops, or serves fewer.",
        "High: it stops until a replacement runs. Medium: it stops for a moment, or has less "
        "capacity. Low: it may respond slowly.",
        "change it outside of busy hours, or create the replacement before the old one is deleted",
    ),
    RiskKind(
        "interruption",
        "Running training jobs or nodes are stopped.",
        "High: all nodes of a pool are replaced. Medium: some, or later. Low: jobs that have "
        "checkpoints.",
        "wait until running jobs have ended, or close the queues before",
    ),
    RiskKind(
        "protection",
        "A safeguard is removed: protection, logs, alarms, backups, encryption.",
        "High: the safeguard of data, or what hides an attack. Medium: alarms, logs and limits. "
        "Low: a safeguard that another one covers.",
        "keep the safeguard, or remove it in a change of its own",
    ),
    RiskKind(
        "refused",
        "A provider or a service refuses the update, so that pulumi up fails.",
        "High: never, as nothing is lost. Medium: always; what comes after it in the "
        "deployment isn't updated.",
        "undo the change, allow it first where the sentence names an input for that, or create a "
        "new resource and move to it",
    ),
)
"""By name."""

NAMES = tuple(kind.name for kind in KINDS)
