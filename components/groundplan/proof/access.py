"""Decides whether a request is allowed: the evaluation logic of IAM as formulas of z3.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import z3

from groundplan.policy_documents import Statement, matches
from groundplan.proof.conditions import Context
from groundplan.proof.grants import Grant
from groundplan.proof.model import Verdict
from groundplan.proof.names import VARIABLE, Names
from groundplan.proof.patterns import PRINTABLE, Reader, text_of
from groundplan.proof.residuals import Residuals

TIMEOUT = 10_000
"""Milliseconds that one question may take; the answer is then unknown."""


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what the policies say about that one."""

    grants: tuple[Grant, ...]
    """Of the identity, those that may matter."""
    boundary: tuple[Grant, ...] | None = None
    resource_grants: tuple[Grant, ...] = ()
    """Of the resource's policy, those that name the caller."""
    needs_both: bool = False
    """Whether the identity's policy and the resource's must allow it: another account,
    a key."""
    context: Mapping[str, str | None] = field(default_factory=dict)
    """Condition key -> its value; `None` for a key that the request doesn't have."""
    never: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition key -> patterns that its value doesn't match."""


@dataclass(frozen=True)
class Question:
    """Is there a request that is allowed?"""

    caller: Caller
    actions: tuple[str, ...]
    within: tuple[str, ...]
    """Patterns of the resource, one of which it matches."""
    outside: tuple[str, ...] = ()
    """Patterns that it doesn't match."""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition key -> the patterns of its value that count; a request without it
    counts too."""
    examples: tuple[str, ...] = ()
    """Patterns for a counterexample that people read: tried first."""
    also: tuple[Caller, tuple[str, ...]] | None = None
    """Another caller to whom one of these actions on the same resource is allowed."""


@dataclass(frozen=True)
class Answer:
    """The answer to a question."""

    verdict: Verdict
    """Refuted: there is such a request."""
    action: str = ""
    resource: str = ""
    grant: Grant | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    reason: str = ""


class Solver:
    """Answers questions about one plan."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._readers = {loosely: Reader(names.shapes, loosely) for loosely in (False, True)}
        self._residuals = Residuals(names.shapes)
        self.asked = 0

    def ask(self, question: Question) -> Answer:
        """Whether there is a request that is allowed. It is unknown where that depends
        on values that the plan doesn't have."""
        self.asked += 1
        question = replace(question, actions=_apart(question.caller, question.actions))
        if not question.actions:
            return Answer(Verdict.PROVED)
        query = _Query(question, self._names, self._readers[False], self._residuals, False)
        if query.check(question.examples) == z3.sat:
            return query.answer(self._names)
        if query.gave_up:
            return Answer(Verdict.UNKNOWN, reason="the solver found no answer in time")
        loose = _Query(question, self._names, self._readers[True], self._residuals, True)
        outcome = loose.check(())
        if outcome == z3.unsat:
            return Answer(Verdict.PROVED)
        if outcome != z3.sat:
            return Answer(Verdict.UNKNOWN, reason="the solver found no answer in time")
        found = loose.answer(self._names)
        return Answer(
            Verdict.UNKNOWN,
            reason=f"{found.grant} of {found.grant.declared_in if found.grant else ''} may allow "
            f"{found.action} on {found.resource}: it depends on values that the plan doesn't have",
        )


def _apart(caller: Caller, actions: Iterable[str]) -> tuple[str, ...]:
    """The actions that a statement allows on anything: one of those that the policies
    don't tell apart."""
    found: dict[tuple[bool, ...], str] = {}
    everything = (*caller.grants, *(caller.boundary or ()), *caller.resource_grants)
    for action in actions:
        covered = tuple(covers_action(grant.statement, action) for grant in everything)
        if any(is_covered and g.allows for is_covered, g in zip(covered, everything, strict=True)):
            found.setdefault(covered, action)
    return tuple(found.values())


def covers_action(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action."""
    return any(
        any(matches(name, action.lower()) for name in term.names) != term.negated
        for term in statement.actions
    )


def _beginning(within: Sequence[str]) -> str:
    """What all texts that the patterns match begin with."""
    first, *others = [re.split(r"[*?]", pattern)[0] for pattern in within]
    while not all(other.startswith(first) for other in others):
        first = first[:-1]
    return first


class _Query:
    """A question as formulas, in one of the two ways of reading patterns."""

    def __init__(
        self,
        question: Question,
        names: Names,
        reader: Reader,
        residuals: Residuals,
        loosely: bool,
    ) -> None:
        self._question = question
        self._reader = reader
        self._loosely = loosely
        self._residuals = residuals
        self._beginning = _beginning(question.within)
        self._rest = z3.String("rest")
        """The resource without its beginning, which all that counts has in common."""
        caller = question.caller
        self._context = Context(reader, loosely, caller.context, "caller", caller.never)
        self._allowed: dict[str, list[tuple[Any, Grant]]] = {}
        self._open: dict[Grant, list[str]] = {}
        self._names = names
        self.gave_up = False
        self._solver = z3.SimpleSolver()
        self._solver.set("timeout", TIMEOUT)
        self._model: Any = None
        self._build()

    def check(self, examples: Sequence[str]) -> Any:
        """Checks the formulas; those of a readable example first."""
        outcome = self._solver.check()
        self.gave_up = outcome == z3.unknown
        if outcome != z3.sat:
            return outcome
        self._model = self._solver.model()
        for example in (*(self._in(e, self._context) for e in examples), self._readable()):
            self._solver.push()
            self._solver.add(example)
            if self._solver.check() == z3.sat:
                self._model = self._solver.model()
                return z3.sat
            self._solver.pop()
        return outcome

    def answer(self, names: Names) -> Answer:
        """The request in the model."""
        action, grant = self._granted()
        statement = grant.statement
        used = {c.key.lower() for c in statement.conditions} | {
            key.lower() for key in self._question.parameters
        }
        parameters = [
            (key, names.shown(text_of(self._eval(value))))
            for key, (value, present) in sorted(self._context.values.items())
            if key in used
            and key not in {k.lower() for k in self._question.caller.context}
            and z3.is_true(self._eval(present))
        ]
        return Answer(
            Verdict.REFUTED,
            action,
            names.shown(self._beginning + text_of(self._eval(self._rest))),
            grant,
            tuple(parameters),
            tuple(dict.fromkeys(self._assumptions(action, grant))),
        )

    def _build(self) -> None:
        question = self._question
        add = self._solver.add
        add(z3.Or([self._in(p, self._context) for p in question.within]))
        for pattern in question.outside:
            add(z3.Not(self._in(pattern, self._context)))
        for key, counted in question.parameters.items():
            pair = self._context.value(key)
            if pair is not None:
                value, present = pair
                options = [self._reader.pattern(p, lambda _: None) for p in counted]
                add(z3.Or(z3.Not(present), *[z3.InRe(value, option) for option in options]))
        add(self._one_of(question.caller, question.actions, self._context, keep=True))
        if question.also is not None:
            other, actions = question.also
            context = Context(self._reader, self._loosely, other.context, "other")
            add(self._one_of(other, actions, context, keep=False))
            add(*context.constraints)
        add(*self._context.constraints)

    def _one_of(self, caller: Caller, actions: Sequence[str], context: Context, keep: bool) -> Any:
        """One of the actions is allowed."""
        options = []
        for action in actions:
            allowing = self._applying(caller.grants, action, context, True)
            resource = self._applying(caller.resource_grants, action, context, True)
            either = [f for f, _ in (*allowing, *resource)]
            if not either:
                continue
            formula = z3.Or(either)
            if caller.needs_both:
                formula = z3.And(z3.Or([f for f, _ in allowing]), z3.Or([f for f, _ in resource]))
            if caller.boundary is not None:
                # A resource's policy that names the role is limited by it too.
                limits = self._applying(caller.boundary, action, context, True)
                formula = z3.And(formula, z3.Or([f for f, _ in limits]))
            everything = (*caller.grants, *(caller.boundary or ()), *caller.resource_grants)
            denying = self._applying(everything, action, context, False)
            formula = z3.And(formula, z3.Not(z3.Or([f for f, _ in denying])))
            if keep:
                # Which action it is: the first in the list that is allowed.
                self._allowed[action] = [(z3.And(formula, f), g) for f, g in (*allowing, *resource)]
            options.append(formula)
        return z3.Or(options)

    def _applying(
        self, grants: Iterable[Grant], action: str, context: Context, allows: bool
    ) -> list[tuple[Any, Grant]]:
        """The statements of one effect that are about an action, each with the formula
        for whether it applies."""
        return [
            (self._applies(grant, context), grant)
            for grant in grants
            if grant.allows is allows and covers_action(grant.statement, action)
        ]

    def _applies(self, grant: Grant, context: Context) -> Any:
        statement = grant.statement
        parts = [self._about_resource(statement, context)]
        for condition in sorted(statement.conditions, key=str):
            formula, is_open = context.holds(condition)
            if is_open:
                self._open.setdefault(grant, []).append(str(condition))
            parts.append(formula)
        return z3.And(parts)

    def _about_resource(self, statement: Statement, context: Context) -> Any:
        """Whether a statement is about the resource. In a loose reading an Allow is if
        it may be, a Deny only if it must be."""
        if not statement.resources:
            return z3.BoolVal(True)  # a trust policy is about its own role
        options = []
        for term in statement.resources:
            generous = (statement.effect == "Allow") != term.negated
            named = z3.Or([self._in(name, context, generous) for name in term.names])
            options.append(z3.Not(named) if term.negated else named)
        return z3.Or(options)

    def _in(self, pattern: str, context: Context, generous: bool = True) -> Any:
        """Whether a pattern matches the resource."""
        written = self._with_variables(pattern, context, generous)
        if written is None:
            return z3.BoolVal(False)
        loosely = self._loosely and generous
        options = []
        for rest in sorted(self._residuals.after(written, self._beginning, loosely)):
            if rest == "*":
                return z3.BoolVal(True)
            if self._loosely and not generous and not self._reader.is_fixed(rest):
                continue
            options.append(z3.InRe(self._rest, self._reader.pattern(rest, lambda _: None)))
        return z3.Or(options)

    def _with_variables(self, pattern: str, context: Context, generous: bool) -> str | None:
        """A pattern with the values of its policy variables. One whose value isn't
        known may be anything in an Allow; a Deny is assumed not to apply."""
        for match in reversed(list(VARIABLE.finditer(pattern))):
            inner = match[0][2:-1]
            key, _, default = inner.partition(",")
            value = inner if inner in ("*", "?", "$") else context.variable(key.strip())
            if value is None and context.is_absent(key.strip()):
                value = default.strip().strip("'") or None
                if value is None:
                    return None
            if value is None or set(value) & set("*?"):
                if not generous:
                    return None
                value = "*"
            pattern = pattern[: match.start()] + value + pattern[match.end() :]
        return pattern

    def _readable(self) -> Any:
        """Texts in the counterexample are printable."""
        values = [self._rest, *(value for value, _ in self._context.values.values())]
        return z3.And([z3.InRe(value, PRINTABLE) for value in values])

    def _granted(self) -> tuple[str, Grant]:
        for action, options in self._allowed.items():
            for formula, grant in options:
                if z3.is_true(self._eval(formula)):
                    return action, grant
        raise AssertionError("a model without a statement that allows the request")

    def _assumptions(self, action: str, grant: Grant) -> Iterable[str]:
        for condition in self._open.get(grant, ()):
            yield f"the condition {self._names.shown(condition)} of {grant} is met"
        for other, conditions in self._open.items():
            if not other.allows and covers_action(other.statement, action):
                yield (
                    f"{other} of {other.declared_in} does not apply: "
                    + self._names.shown(" and ".join(conditions))
                )

    def _eval(self, formula: Any) -> Any:
        return self._model.eval(formula, model_completion=True)
