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
    settings_fix: str = ""
    """What to do in a stack file, where that differs."""


KINDS: tuple[RiskKind, ...] = (
    RiskKind(
        "access",
        "Somebody can do more than before, or reach it from more places.",
        "High: anybody, the internet, an administrator or all actions are allowed. Medium: more "
        "actions, resources, principals or networks. Low: only what is new itself is affected, or "
        "little is opened.",
        "name the actions, resources, principals and networks that are needed, and no others",
    ),
    RiskKind(
        "cost",
        "The environment costs more, or nothing limits what it costs.",
        "High: more than twice of before, and more than 500 USD a month on top. Medium: more than "
        "20 % and more than 50 USD a month on top.",
        "choose a smaller size or a lower maximum",
    ),
    RiskKind(
        "data-loss",
        "Data is deleted, expires earlier, or has fewer copies.",
        "High: the data is deleted, and nothing prevents it. Medium: something prevents it as "
        "things are, or data expires earlier or has fewer copies. Low: the data is retained, or "
        "it isn't known whether it is affected.",
        "keep the resource's name and what forces its replacement, add an alias where it is "
        "renamed, or back the data up before",
        "keep the key of its section and what forces its replacement, or back the data up before",
    ),
    RiskKind(
        "downtime",
        "What serves requests stops, or has less capacity.",
        "High: nothing serves, or nodes can't join. Medium: it stops for a while, or has less "
        "capacity. Low: it may, or nothing is known to rely on it.",
        "change it outside of busy hours, or create the replacement before the old one is deleted",
    ),
    RiskKind(
        "interruption",
        "Running jobs or nodes are stopped.",
        "Medium: nodes or jobs are stopped. Low: they may be, or later.",
        "wait until running jobs have ended, or close the queues before",
    ),
    RiskKind(
        "protection",
        "A safeguard is removed: protection, logs, alarms, recovery.",
        "Medium: the safeguard is off. Low: it is weaker.",
        "keep the safeguard, or remove it in a change of its own",
        "keep the setting, and deletionProtection true, or remove it in a change of its own",
    ),
    RiskKind(
        "refused",
        "A provider or a service refuses the update, so that pulumi up fails.",
        "High: what can't leave its VPC gets subnets of another one. Medium: anything else; what "
        "comes after it in the deployment isn't updated.",
        "undo the change, allow it first where the sentence names an input for that, or create a "
        "new resource and move to it",
    ),
)
"""By name."""

BY_NAME = {kind.name: kind for kind in KINDS}


def fix_of(name: str, *, in_settings: bool) -> str:
    """Returns the fix of a kind of risk, in the language of settings or of a program;
    empty for a kind that isn't known."""
    kind = BY_NAME.get(name)
    if kind is None:
        return ""
    return (kind.settings_fix if in_settings else "") or kind.fix


NAMES = tuple(kind.name for kind in KINDS)
