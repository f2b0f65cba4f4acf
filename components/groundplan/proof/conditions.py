"""Conditions of statements as formulas of z3, over the context of one request.

A condition key is known (a tag of the role), chosen by the caller (`s3:prefix`), or
neither. A condition on a key that is neither, or with an operator that isn't modelled,
is open: an Allow is assumed to apply, a Deny not to."""

import re
from collections.abc import Mapping
from typing import Any

import z3

from groundplan.policy_documents import Condition, matches
from groundplan.proof.formulas import FALSE, TRUE, all_of, any_of, no
from groundplan.proof.names import VARIABLE, Names
from groundplan.proof.texts import Text
from groundplan.proof.wildcards import Pattern

OPERATOR = re.compile(
    r"(?P<set>ForAnyValue:|ForAllValues:)?(?P<base>[A-Za-z]+?)(?P<if_exists>IfExists)?"
)
TEXT_OPERATORS = frozenset(
    {
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "ArnEquals",
        "ArnNotEquals",
        "ArnLike",
        "ArnNotLike",
        "Bool",
    }
)
CHOSEN = re.compile(
    r"s3:(?!existingobjecttag/|dataaccesspoint|resourceaccount).*"
    r"|kms:encryptioncontext:.*|kms:viaservice|kms:granteeprincipal|aws:securetransport"
    r"|aws:requesttag/.*|sts:externalid|sts:rolesessionname|iam:passedtoservice"
)
"""Keys, in lower case, whose values the caller chooses."""
PRINCIPAL_TAG = "aws:principaltag/"
OTHER_TAGS = "aws:PrincipalTag/*"
"""In what is known of a request: the role has no other tags than those that are listed.
Without it the caller chooses them."""

WORDS: Mapping[str, tuple[str, ...]] = {"aws:securetransport": ("true", "false")}
"""Chosen keys with few values. TLS is in every request."""


class Context:
    """The context of one request: for each condition key its value, known or chosen."""

    def __init__(
        self,
        names: Names,
        loosely: bool,
        known: Mapping[str, str | None],
        name: str,
        never: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """`never`: condition key -> patterns that its value, which the caller chooses,
        doesn't match."""
        self._names = names
        self._loosely = loosely
        self._known = {key.lower(): value for key, value in known.items()}
        self._never = {key.lower(): texts for key, texts in (never or {}).items()}
        self._name = name
        self.chosen: dict[str, tuple[Text, Any]] = {}
        """Key that the caller chooses -> its value, and whether the request has it."""
        self._constraints: list[Any] = []
        self.may_be_looser = False
        """Whether the loose reading has other formulas."""

    def is_absent(self, key: str) -> bool:
        """Returns whether the request doesn't have a key."""
        key = key.lower()
        if key in self._known:
            return self._known[key] is None
        return key.startswith(PRINCIPAL_TAG) and OTHER_TAGS.lower() in self._known

    def constraints(self) -> list[Any]:
        """Returns what holds of the values, once all conditions are read."""
        return [*self._constraints, *(text.is_one_of_all() for text, _ in self.chosen.values())]

    def expanded(self, pattern: str, generous: bool) -> str | None:
        """A pattern with the values of its policy variables. A value that isn't known
        may be anything in a generous reading; else there is no answer."""
        for match in reversed(list(VARIABLE.finditer(pattern))):
            inner = match[0][2:-1]
            key, _, default = inner.partition(",")
            key = key.strip().lower()
            value: str | None = inner if inner in ("*", "?", "$") else self._known.get(key)
            if value is None and self.is_absent(key):
                value = default.strip().strip("'") or None
                if value is None:
                    return None
            if value is None or set(value) & set("*?"):
                if not generous:
                    return None
                value = "*"
            pattern = pattern[: match.start()] + value + pattern[match.end() :]
        return pattern

    def value(self, key: str) -> tuple[Text, Any] | None:
        """Returns the value of a key that the caller chooses, and whether the request
        has it; `None` for another key."""
        key = key.lower()
        if key not in self.chosen:
            if key in self._known or self.is_absent(key) or not self._is_chosen(key):
                return None
            self.chosen[key] = (
                Text(f"{self._name} {key}"),
                z3.Bool(f"{self._name} has {key}"),
            )
            self._restrict(key, *self.chosen[key])
        return self.chosen[key]

    def holds(self, condition: Condition, allows: bool) -> tuple[Any, bool]:
        """Returns whether a condition of an Allow or a Deny is met, and whether that is
        assumed: it is neither known nor the caller's choice."""
        key = condition.key.lower()
        operator = OPERATOR.fullmatch(condition.operator)
        base = operator["base"] if operator else ""
        modelled = key in self._known or self.is_absent(key) or self._is_chosen(key)
        if operator is None or not modelled or base not in (*TEXT_OPERATORS, "Null"):
            return self._open(condition), not self._is_chosen(key)
        present = self._present(key)
        if base == "Null":
            absent = {text.lower() for text in condition.values} == {"true"}
            return (no(present) if absent else present), False
        negated = "Not" in base
        matched, is_open = self._matched(condition, base, allows != negated)
        met = no(matched) if negated else matched
        # Without the key: a negated operator is met, and one that says so.
        without = operator["set"] == "ForAllValues:" or bool(operator["if_exists"])
        without = without or (negated and operator["set"] != "ForAnyValue:")
        formula = any_of([no(present), met]) if without else all_of([present, met])
        return formula, is_open

    def _restrict(self, key: str, text: Text, present: Any) -> None:
        """What holds of a value from the start."""
        if key in self._never:
            self._constraints.append(present)
            self._constraints += [no(text.matches(Pattern(p))) for p in self._never[key]]
        elif key in WORDS:
            words = [Pattern(word) for word in WORDS[key]]
            self._constraints += [present, text.needs(words)]

    def _present(self, key: str) -> Any:
        if key in self._known or self.is_absent(key):
            return TRUE if self._known.get(key) is not None else FALSE
        pair = self.value(key)
        return pair[1] if pair else FALSE

    def _is_chosen(self, key: str) -> bool:
        return key in self._never or key.startswith(PRINCIPAL_TAG) or bool(CHOSEN.fullmatch(key))

    def _matched(self, condition: Condition, base: str, generous: bool) -> tuple[Any, bool]:
        """Returns whether the key's value is one of the condition's."""
        key = condition.key.lower()
        known, pair = self._known.get(key), self.value(key)
        options: list[Any] = []
        is_open = False
        for written in sorted(condition.values):
            text = self.expanded(written.lower() if base == "Bool" else written, False)
            if text is None:
                options.append(self._open(condition))
                is_open = True
            elif not any(matches(pattern, text) for pattern in self._never.get(key, ())):
                pattern = Pattern(
                    text,
                    literal=not ("Like" in base or base.startswith("Arn")),
                    ignoring_case="IgnoreCase" in base,
                    # A Deny applies to no more than its patterns surely match.
                    within_colons=base.startswith("Arn") and not generous,
                )
                options.append(self._match(condition, pattern, known, pair))
        return any_of(options), is_open

    def _match(self, condition: Condition, pattern: Pattern, known: str | None, pair: Any) -> Any:
        if known is not None and pattern.matches(known):
            return TRUE
        if self._names.is_marked(pattern.text + (known or "")):
            self.may_be_looser = True
            if self._loosely:
                return self._open(condition)
        return FALSE if pair is None else pair[0].matches(pattern)

    def _open(self, condition: Condition) -> Any:
        return z3.Bool(f"{self._name} {condition}")
