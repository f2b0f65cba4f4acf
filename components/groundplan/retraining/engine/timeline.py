"""What the journal says of runs, as plain data: for commands and pages."""

from collections.abc import Mapping
from typing import Any

from groundplan.release.engine.objects import Entry
from groundplan.retraining.engine.journal import BEGUN, ENDED, VERDICT, Journal
from groundplan.retraining.engine.names import SEQUENCE, Step
from groundplan.retraining.engine.services import Refused

STEPS = tuple(step.value for step in SEQUENCE if step is not Step.END)
KNOWN = (BEGUN, *STEPS, VERDICT, ENDED)
FAULTS = "faults/"


def runs(journal: Journal, limit: int | None = None, before: str = "") -> list[dict[str, Any]]:
    """Returns the runs, of those that began before one, the newest first. Those beyond
    the limit are not read. Raises `Refused` if there is no such run."""
    known = _begun(journal)
    names = [run for run, _ in known]
    if before and before not in names:
        raise Refused(f"There is no run {before}. Fix: see `groundplan retraining list`")
    first = names.index(before) + 1 if before else 0
    return [_summary(journal, *found) for found in known[first:][:limit]]


def run(journal: Journal, identity: str) -> dict[str, Any] | None:
    """Returns a run with all that happened to it, in the order of S3's times; None if
    there is no such run."""
    entries = journal.runs().get(identity, {})
    if BEGUN not in entries:
        return None
    events = [
        {"at": _time(entry), "step": name, "message": _message(journal, identity, name)}
        for name, entry in sorted(entries.items(), key=lambda item: (item[1].at, _order(item[0])))
        if name in KNOWN or name.startswith(FAULTS)
    ]
    return {**_summary(journal, identity, entries), "events": events}


def status(journal: Journal) -> dict[str, Any]:
    """Returns what is open, what waits, and how the last run ended."""
    known, held = _begun(journal), journal.held()
    identity = str(held.data["run"]) if held else ""
    open_run = (_summary(journal, *found) for found in known if found[0] == identity)
    ended = (_summary(journal, *found) for found in known if ENDED in found[1])
    waiting = [{"trigger": name, **journal.trigger(name)} for name in journal.waiting()]
    return {
        "open": next(open_run, None),
        "last": next((each for each in ended if each["outcome"]), None),
        "waiting": waiting,
    }


def _begun(journal: Journal) -> list[tuple[str, dict[str, Entry]]]:
    """Returns the runs with their entries, the newest first."""
    found = [(run, entries) for run, entries in journal.runs().items() if BEGUN in entries]
    return sorted(found, key=lambda each: each[1][BEGUN].at, reverse=True)


def _summary(journal: Journal, identity: str, entries: Mapping[str, Entry]) -> dict[str, Any]:
    own = journal.run(identity)
    plan = own.needed(BEGUN, "dataset", "digest", "champion", "reason", "reserved_usd")
    ended = own.noted(ENDED) if ENDED in entries else None
    record = ended.data if ended else {}
    at = next((step for step in STEPS if step not in entries), Step.END.value)
    return {
        "run": identity,
        "begun": _time(entries[BEGUN]),
        "ended": _time(entries[ENDED]) if ended else "",
        "step": "" if ended else at,
        "outcome": str(record.get("outcome", "")),
        "message": str(record.get("message", "")),
        "dataset": f"{plan['dataset']}@sha256:{plan['digest']}",
        "champion": str(plan["champion"].get("id", "")),
        "version": str(record.get("version", "")),
        "reason": str(plan["reason"]),
        "usd": record.get("usd"),
        "reserved_usd": plan["reserved_usd"],
    }


def _message(journal: Journal, identity: str, name: str) -> str:
    found = journal.run(identity).noted(name)
    data = found.data if found else {}
    keys = ("reason",) if name == BEGUN else ("message", "Cause", "outcome")
    return next((str(data[key]) for key in keys if data.get(key)), "")


def _time(entry: Entry) -> str:
    return entry.at.isoformat(timespec="seconds")


def _order(name: str) -> int:
    """Within one second, steps come in their order."""
    return KNOWN.index(name) if name in KNOWN else KNOWN.index(VERDICT)
