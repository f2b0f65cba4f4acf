"""Decides whether a request is allowed: the evaluation logic of IAM as formulas of z3.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import z3

from groundplan.policy_documents import Condition, Statement, Term, Terms, matches
from groundplan.proof.conditions import Context
from groundplan.proof.formulas import TRUE, all_of, any_of, no
from groundplan.proof.grants import Grant
from groundplan.proof.model import Verdict
from groundplan.proof.names import Names
from groundplan.proof.residuals import Residuals
from groundplan.proof.texts import Text
from groundplan.proof.wildcards import Pattern, TooManyStates

TIMEOUT = 10_000
"""Milliseconds that one question may take; the answer is then unknown."""

GAVE_UP = "the policies are too many or too intricate for the solver"


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
    parameters: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)
    """Condition key -> the patterns of its value that count; a request without it
    counts too."""
    examples: tuple[str, ...] = ()
    """Resources for a counterexample that people read: tried first."""
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
        self._residuals = Residuals(names.shapes)
        self.asked = 0

    def ask(self, question: Question) -> Answer:
        """Returns whether there is a request that is allowed. It is unknown where that
        depends on values that the plan doesn't have."""
        self.asked += 1
        question = replace(question, actions=_apart(question.caller, question.actions))
        if not question.actions:
            return Answer(Verdict.PROVED)
        try:
            query = _Query(question, self._names, self._residuals, loosely=False)
            outcome = query.check()
            if outcome == z3.sat:
                return query.answer()
            if outcome == z3.unsat and not query.may_be_looser:
                return Answer(Verdict.PROVED)
            loose = _Query(question, self._names, self._residuals, loosely=True)
            if outcome == z3.unsat:
                outcome = loose.check()
        except TooManyStates:
            return Answer(Verdict.UNKNOWN, reason=GAVE_UP)
        if outcome == z3.unsat:
            return Answer(Verdict.PROVED)
        if outcome != z3.sat:
            return Answer(Verdict.UNKNOWN, reason=GAVE_UP)
        found = loose.answer()
        return Answer(
            Verdict.UNKNOWN,
            reason=f"{found.grant} of {found.grant.declared_in if found.grant else ''} may allow "
            f"{found.action} on {found.resource}: it depends on values that the plan doesn't have",
        )


def _apart(caller: Caller, actions: Iterable[str]) -> tuple[str, ...]:
    """Returns the actions that a statement allows on anything: one of those that the
    policies don't distinguish."""
    found: dict[tuple[bool, ...], str] = {}
    everything = (*caller.grants, *(caller.boundary or ()), *caller.resource_grants)
    for action in actions:
        covered = tuple(covers_action(grant.statement, action) for grant in everything)
        if any(is_covered and g.allows for is_covered, g in zip(covered, everything, strict=True)):
            found.setdefault(covered, action)
    return tuple(found.values())


def covers_action(statement: Statement, action: str) -> bool:
    """Returns whether a statement is about an action."""
    return _covers(statement.actions, action)


# A frozenset computes its hash once; a statement, each time.
@lru_cache(maxsize=65536)
def _covers(terms: Terms, action: str) -> bool:
    return any(
        any(matches(name, action.lower()) for name in term.names) != term.negated for term in terms
    )


@lru_cache(maxsize=4096)
def _ordered(terms: Terms) -> tuple[Term, ...]:
    return tuple(sorted(terms))


@lru_cache(maxsize=4096)
def _in_order(conditions: frozenset[Condition]) -> tuple[Condition, ...]:
    return tuple(sorted(conditions, key=str))


def _beginning(within: Sequence[str]) -> str:
    """Returns what all texts that the patterns match begin with."""
    first, *others = [re.split(r"[*?]", pattern)[0] for pattern in within]
    while not all(other.startswith(first) for other in others):
        first = first[:-1]
    return first


class _Query:
    """A question as formulas, in one of the two ways of reading patterns."""

    def __init__(
        self, question: Question, names: Names, residuals: Residuals, loosely: bool
    ) -> None:
        self._question = question
        self._names = names
        self._residuals = residuals
        self._loosely = loosely
        self._beginning = _beginning(question.within)
        self._rest = Text("resource")
        """The resource without its beginning, which all that counts has in common."""
        caller = question.caller
        self._context = Context(names, loosely, caller.context, "caller", caller.never)
        self._allowed: dict[str, list[tuple[Any, Grant]]] = {}
        self._open: dict[Grant, list[str]] = {}
        self._solver = z3.SimpleSolver()
        self._solver.set("timeout", TIMEOUT)
        self._model: Any = None
        self._is_open = False
        """Whether a statement may allow the request at all."""
        self.may_be_looser = False
        """Whether the loose reading has other formulas."""
        self._build()

    def check(self) -> Any:
        """Checks the formulas: first for examples that people read, then for any
        resource."""
        if not self._is_open:
            return z3.unsat
        for text in self._examples():
            if self._solver.check(self._rest.is_text(text)) == z3.sat:
                return self._chosen([self._rest.is_text(text)])
        self._solver.add(self._rest.is_one_of_all())
        outcome = self._solver.check()
        return self._chosen([]) if outcome == z3.sat else outcome

    def _chosen(self, fixed: list[Any]) -> Any:
        """Chooses the values of condition keys, in an order that doesn't depend on the
        solver's: the same plan has the same counterexample."""
        for _, (text, present) in sorted(self._context.chosen.items()):
            options = [[present, text.is_text(example)] for example in text.examples()]
            for option in ([no(present)], *options):
                if self._solver.check(*fixed, *option) == z3.sat:
                    fixed = [*fixed, *option]
                    break
        outcome = self._solver.check(*fixed)
        self._model = self._solver.model()
        return outcome

    def answer(self) -> Answer:
        """Returns the request in the model."""
        action, grant = self._granted()
        used = {c.key.lower() for c in grant.statement.conditions} | {
            key.lower() for key in self._question.parameters
        }
        parameters = [
            (key, self._names.shown(text.value(self._model)))
            for key, (text, present) in sorted(self._context.chosen.items())
            if key in used and z3.is_true(self._eval(present))
        ]
        return Answer(
            Verdict.REFUTED,
            action,
            self._names.shown(self._beginning + self._rest.value(self._model)),
            grant,
            tuple(parameters),
            tuple(dict.fromkeys(self._assumptions(action, grant))),
        )

    def _examples(self) -> Iterator[str]:
        for example in self._question.examples:
            if example.startswith(self._beginning):
                yield example.removeprefix(self._beginning)
        yield from self._rest.examples()

    def _build(self) -> None:
        question = self._question
        add = self._solver.add
        asked = [(question.caller, question.actions, self._context)]
        if question.also is not None:
            other, actions = question.also
            asked.append(
                (other, actions, Context(self._names, self._loosely, other.context, "other"))
            )
        if not all(self._may_be_allowed(*each) for each in asked):
            return
        allowed = self._one_of(question.caller, question.actions, self._context, keep=True)
        within = [p for w in question.within for p in self._rests(w, self._context)]
        add(self._rest.needs(within))
        for pattern in question.outside:
            add(no(self._in(pattern, self._context)))
        for key, counted in question.parameters.items():
            pair = self._context.value(key)
            if pair is not None:
                add(any_of([no(pair[1]), pair[0].needs(counted)]))
        add(allowed)
        for other, actions, context in asked[1:]:
            add(self._one_of(other, actions, context, keep=False), *context.constraints())
        add(*self._context.constraints())
        self.may_be_looser |= any(context.may_be_looser for _, _, context in asked)
        self._is_open = True

    def _may_be_allowed(self, caller: Caller, actions: Sequence[str], context: Context) -> bool:
        """Returns whether a statement may allow one of the actions on the resource."""
        return any(
            grant.allows
            and covers_action(grant.statement, action)
            and self._is_near(grant.statement, context)
            for action in actions
            for grant in (*caller.grants, *caller.resource_grants)
        )

    def _one_of(self, caller: Caller, actions: Sequence[str], context: Context, keep: bool) -> Any:
        """One of the actions is allowed."""
        options = []
        for action in actions:
            allowing = self._applying(caller.grants, action, context, True)
            resource = self._applying(caller.resource_grants, action, context, True)
            either = [f for f, _ in (*allowing, *resource)]
            if not either:
                continue
            formula = any_of(either)
            if caller.needs_both:
                formula = all_of(
                    [any_of([f for f, _ in allowing]), any_of([f for f, _ in resource])]
                )
            if caller.boundary is not None:
                # A resource's policy that names the role is limited by it too.
                limits = self._applying(caller.boundary, action, context, True)
                formula = all_of([formula, any_of([f for f, _ in limits])])
            everything = (*caller.grants, *(caller.boundary or ()), *caller.resource_grants)
            denying = self._applying(everything, action, context, False)
            formula = all_of([formula, no(any_of([f for f, _ in denying]))])
            if keep:
                # Which action it is: the first in the list that is allowed.
                self._allowed[action] = [
                    (all_of([formula, f]), g) for f, g in (*allowing, *resource)
                ]
            options.append(formula)
        return any_of(options)

    def _applying(
        self, grants: Iterable[Grant], action: str, context: Context, allows: bool
    ) -> list[tuple[Any, Grant]]:
        """Returns the statements of one effect that are about an action, each with the
        formula for whether it applies."""
        return [
            (self._applies(grant, context), grant)
            for grant in grants
            if grant.allows is allows
            and covers_action(grant.statement, action)
            and self._is_near(grant.statement, context)
        ]

    def _applies(self, grant: Grant, context: Context) -> Any:
        statement = grant.statement
        parts = [self._about_resource(statement, context)]
        for condition in _in_order(statement.conditions):
            formula, is_open = context.holds(condition, grant.allows)
            if is_open:
                self._open.setdefault(grant, []).append(str(condition))
            parts.append(formula)
        return all_of(parts)

    def _is_near(self, statement: Statement, context: Context) -> bool:
        """Returns whether a pattern of a statement begins as the resource does."""
        generous = statement.effect == "Allow"
        return not statement.resources or any(
            term.negated or self._rests(term.names[0], context, generous)
            for term in _ordered(statement.resources)
        )

    def _about_resource(self, statement: Statement, context: Context) -> Any:
        """Returns whether a statement is about the resource. In a loose reading an
        Allow is if it may be, a Deny only if it must be."""
        if not statement.resources:
            return TRUE  # a trust policy is about its own role
        options = []
        for term in _ordered(statement.resources):
            generous = (statement.effect == "Allow") != term.negated
            named = any_of([self._in(name, context, generous) for name in term.names])
            options.append(no(named) if term.negated else named)
        return any_of(options)

    def _in(self, pattern: str, context: Context, generous: bool = True) -> Any:
        """Returns whether a pattern matches the resource."""
        return any_of([self._rest.matches(p) for p in self._rests(pattern, context, generous)])

    def _rests(self, pattern: str, context: Context, generous: bool = True) -> list[Pattern]:
        """Returns what a pattern says of the rest of the resource."""
        written = context.expanded(pattern, generous)
        if written is None:
            return []
        loose = self._residuals.after(written, self._beginning, True) if generous else None
        if self._loosely and loose is not None:
            rests = loose
        else:
            rests = self._residuals.after(written, self._beginning, False)
            self.may_be_looser |= loose is not None and loose != rests
        found = []
        for rest in sorted(rests):
            if not self._names.is_fixed(rest):
                self.may_be_looser = True
                if self._loosely:
                    if not generous:
                        continue
                    rest = "".join("*" if c in self._names.shapes else c for c in rest)
            found.append(Pattern(rest))
        return found

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
