"""Conditions of statements as formulas of z3, over the context of one request.

A condition key is known (a tag of the role), chosen by the caller (`s3:prefix`), or
neither. A condition on a key that is neither, or with an operator that isn't modelled,
is open: an Allow is assumed to apply, a Deny not to."""

import re
from collections.abc import Mapping
from typing import Any

import z3

from groundplan.policy_documents import Condition, matches
from groundplan.proof.patterns import ANYTHING, ONE, Reader, constant

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

WITHOUT_COLON: Any = z3.Star(z3.Intersect(ONE, z3.Complement(z3.Re(":"))))


class Context:
    """The context of one request: a variable for each condition key."""

    def __init__(
        self,
        reader: Reader,
        loosely: bool,
        known: Mapping[str, str | None],
        name: str,
        never: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """`never`: condition key -> patterns that its value, which the caller chooses,
        doesn't match."""
        self._reader = reader
        self._loosely = loosely
        self._known = {key.lower(): value for key, value in known.items()}
        self._never = {key.lower(): texts for key, texts in (never or {}).items()}
        self._name = name
        self.values: dict[str, tuple[Any, Any]] = {}
        """Key -> its value and whether the request has it, as variables."""
        self.constraints: list[Any] = []

    def variable(self, key: str) -> str | None:
        """The value of a policy variable; `None` where it isn't known."""
        return self._known.get(key.lower())

    def is_absent(self, key: str) -> bool:
        """Whether the request doesn't have a key."""
        key = key.lower()
        if key in self._known:
            return self._known[key] is None
        return key.startswith(PRINCIPAL_TAG) and OTHER_TAGS.lower() in self._known

    def value(self, key: str) -> tuple[Any, Any] | None:
        """The variables of a condition key; `None` for one that isn't modelled."""
        key = key.lower()
        if key in self.values:
            return self.values[key]
        if not (key in self._known or self._is_chosen(key) or self.is_absent(key)):
            return None
        value = z3.String(f"{self._name} {key}")
        present = z3.Bool(f"{self._name} has {key}")
        if key in self._known:
            text = self._known[key]
            self.constraints.append(present == z3.BoolVal(text is not None))
            if text is not None:
                self.constraints.append(value == constant(text))
        elif self.is_absent(key):
            self.constraints.append(z3.Not(present))
        elif key in self._never:
            self.constraints.append(present)
            self.constraints += [
                z3.Not(z3.InRe(value, self._reader.pattern(text, self.variable)))
                for text in self._never[key]
            ]
        elif key in WORDS:
            self.constraints += [
                present,
                z3.Or([value == z3.StringVal(word) for word in WORDS[key]]),
            ]
        self.values[key] = (value, present)
        return self.values[key]

    def _is_chosen(self, key: str) -> bool:
        return key in self._never or key.startswith(PRINCIPAL_TAG) or bool(CHOSEN.fullmatch(key))

    def holds(self, condition: Condition) -> tuple[Any, bool]:
        """Whether a condition is met, and whether that is assumed: it is neither known
        nor the caller's choice."""
        operator = OPERATOR.fullmatch(condition.operator)
        base = operator["base"] if operator else ""
        pair = self.value(condition.key)
        if operator is None or pair is None or base not in (*TEXT_OPERATORS, "Null"):
            return self._open(condition), not self._is_chosen(condition.key.lower())
        value, present = pair
        if base == "Null":
            absent = {text.lower() for text in condition.values} == {"true"}
            return (z3.Not(present) if absent else present), False
        negated = "Not" in base
        matched, is_open = self._matched(condition, base, value)
        met = z3.Not(matched) if negated else matched
        # Without the key: a negated operator is met, and one that says so.
        without = operator["set"] == "ForAllValues:" or bool(operator["if_exists"])
        without = without or (negated and operator["set"] != "ForAnyValue:")
        formula = z3.Or(z3.Not(present), met) if without else z3.And(present, met)
        return formula, is_open

    def _matched(self, condition: Condition, base: str, value: Any) -> tuple[Any, bool]:
        """Whether the key's value is one of the condition's."""
        known = self._known.get(condition.key.lower())
        never = self._never.get(condition.key.lower(), ())
        options, is_open = [], False
        for written in sorted(condition.values):
            like = "Like" in base or base.startswith("Arn")
            text = written.lower() if base == "Bool" else written
            expression = self._reader.pattern(
                text,
                self.variable,
                wildcards=like,
                ignoring_case="IgnoreCase" in base,
                star=WITHOUT_COLON if base.startswith("Arn") else ANYTHING,
            )
            if any(matches(pattern, text) for pattern in never):
                options.append(z3.BoolVal(False))
            elif expression is None:
                options.append(self._open(condition))
                is_open = True
            elif self._loosely and self._marked(text, known):
                same = known is not None and (text == known or (like and matches(text, known)))
                options.append(z3.BoolVal(True) if same else self._open(condition))
            else:
                options.append(z3.InRe(value, expression))
        return z3.Or(options), is_open

    def _marked(self, *texts: str | None) -> bool:
        return any(self._reader.is_marked(text) for text in texts if text)

    def _open(self, condition: Condition) -> Any:
        return z3.Bool(f"{self._name} {condition}")
