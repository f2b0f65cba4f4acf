"""Puts the answers to several questions together: the verdict on one claim."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.proof.access import Answer
from groundplan.proof.actors import Actor
from groundplan.proof.model import Counterexample, Layer, Result, Verdict


@dataclass(frozen=True)
class Asked:
    """An answer, and about whom."""

    answer: Answer
    principal: str
    path: tuple[str, ...] = ()


def counterexample(asked: Asked) -> Counterexample:
    """Returns the counterexample in an answer that refutes."""
    answer = asked.answer
    grant = answer.grant
    return Counterexample(
        asked.principal,
        answer.action,
        answer.resource,
        str(grant) if grant else "",
        grant.declared_in if grant else "",
        grant.source if grant else "",
        answer.parameters,
        asked.path,
        answer.assumptions,
    )


def verdict(
    claim: str,
    layer: Layer,
    team: str,
    owner: str,
    answers: Iterable[Asked],
    actors: Iterable[Actor] = (),
    unreadable: Iterable[str] = (),
) -> Result:
    """Returns the verdict on a claim: refuted by the first answer that refutes it; else
    unknown if an answer is, or if a policy of an actor or another can't be read."""
    reason = ""
    for asked in answers:
        if asked.answer.verdict is Verdict.REFUTED:
            return Result(claim, layer, team, owner, Verdict.REFUTED, counterexample(asked))
        if asked.answer.verdict is Verdict.UNKNOWN and not reason:
            reason = f"{asked.principal}: {asked.answer.reason}"
    unread = [*unreadable, *(why for actor in actors for why in actor.identity.unreadable)]
    if not reason and unread:
        reason = f"the plan doesn't have {unread[0]}"
    if reason:
        return Result(claim, layer, team, owner, Verdict.UNKNOWN, reason=reason)
    return Result(claim, layer, team, owner, Verdict.PROVED)
