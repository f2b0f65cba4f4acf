"""Inputs one value of which allows a loss, or stops or exposes what runs."""

from collections.abc import Iterator

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, flag, number
from groundplan.risk.risk import Risk
from groundplan.risk.switch_table import SETTINGS, SWITCHES, Switch
from groundplan.risk.wording import count


def removed(context: ChangeContext) -> Iterator[Risk]:
    """Inputs that aren't set any more, without which something is off."""
    if not (context.old and context.new):
        return
    for setting in SETTINGS.get(context.type, ()):
        then, now = (at(side, setting.path) for side in (context.old, context.new))
        if then is not ABSENT and then not in ("", []) and now in (ABSENT, "", []):
            words = f"{context.subject} {setting.words}."
            because = context.change_text(setting.path)
            yield context.risk(setting.level, setting.kind, words, because)


def switched(context: ChangeContext) -> Iterator[Risk]:
    """Switches that are set to a value that is a risk."""
    if not (context.old and context.new) or context.kind is Kind.CREATE:
        return
    for switch in SWITCHES.get(context.type, ()):
        if context.changed(switch.path) and _turned(context, switch):
            yield context.risk(
                switch.level,
                switch.kind,
                f"{context.subject} {switch.words}.",
                context.change_text(switch.path),
            )


def _turned(context: ChangeContext, switch: Switch) -> bool:
    """Returns whether the value that is a risk is new. A boolean that isn't known any
    more counts as off."""
    old, new = (_value(switch, at(side, switch.path)) for side in (context.old, context.new))
    off = new is None and switch.bad is False
    if old is None or (switch.instead_of and old != switch.instead_of):
        return False
    return old != switch.bad and (new == switch.bad or off)


def _value(switch: Switch, raw: object) -> bool | str | None:
    if raw is ABSENT:
        return switch.default
    if isinstance(switch.bad, bool):
        value = flag(raw)
        return switch.default if value is None else value
    size = number(raw)
    return str(raw) if size is None else count(size)
