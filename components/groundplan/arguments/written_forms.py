"""What a value of the wrong type means: `14d`, `2GB`, `"2"`, `off`, a text for a
list."""

import math
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from groundplan.arguments.type_hints import hints_of, is_plain
from groundplan.problems import shown

TRUE = frozenset({"true", "yes", "y", "on", "enable", "enabled", "1"})
FALSE = frozenset({"false", "no", "n", "off", "disable", "disabled", "none", "0"})

NUMBERS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}

SECONDS: Mapping[str, float] = {
    "ms": 0.001, "millisecond": 0.001,
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86400, "day": 86400,
    "w": 604800, "week": 604800,
    "y": 31536000, "year": 31536000,
}  # fmt: skip
"""Unit of time -> its seconds; a year has 365 days, as retention periods have."""

MEBIBYTES: Mapping[str, float] = {
    **dict.fromkeys(("k", "kb", "ki", "kib"), 1 / 1024),
    **dict.fromkeys(("m", "mb", "mi", "mib"), 1),
    **dict.fromkeys(("g", "gb", "gi", "gib"), 1024),
    **dict.fromkeys(("t", "tb", "ti", "tib"), 1024 * 1024),
}
"""Unit of size -> its MiB. 500 GB means 500 where the key is in GiB: the difference is
not what the writer thinks of."""

OF_KEYS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "days": ("d", SECONDS),
    "hours": ("h", SECONDS),
    "minutes": ("m", SECONDS),
    "seconds": ("s", SECONDS),
    "ms": ("ms", SECONDS),
    "mib": ("mib", MEBIBYTES),
    "gib": ("gib", MEBIBYTES),
    "gb": ("gb", MEBIBYTES),
    "tib": ("tib", MEBIBYTES),
}
"""Last word of a key -> its unit."""

LONGEST = 40
"""Characters of a text that may be a number with a unit."""

QUANTITY = re.compile(r"\$?\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z%$/]*)")


def fix_of(key: str, hint: Any, value: Any, spelling: Callable[[str], str] = str) -> str:
    """Returns the fix of a value that has not the type `hint`; empty where it may mean
    anything."""
    members = [m for m in (typing.get_args(hint) or (hint,)) if is_plain(m)]
    if typing.get_origin(hint) in (list, Sequence, dict, Mapping) or typing.is_typeddict(hint):
        members = [hint]
    if str in members and isinstance(value, bool | int | float):
        return "write it in quotes"
    if {int, float} & set(members):
        return _number(key, value, whole=float not in members)
    if bool in members:
        return _boolean(value)
    if any(isinstance(m, type) and issubclass(m, Enum) for m in members):
        return _choice(members, value)
    for member in members:
        origin = typing.get_origin(member)
        if origin in (list, Sequence):
            return f"write a list: [{shown(value)}]" if _is_plain_value(value) else ""
        if origin in (dict, Mapping) or typing.is_typeddict(member):
            return _mapping(member, value, spelling)
    if str in members and isinstance(value, list) and len(value) == 1:
        return f"write {shown(value[0])}, without brackets"
    return ""


def _boolean(value: Any) -> str:
    word = str(value).strip().lower() if _is_plain_value(value) else ""
    for words, meant in ((TRUE, "true"), (FALSE, "false")):
        if word in words:
            return f"write {meant}, without quotes" if word == meant else f"write {meant}"
    return "write true or false"


def _choice(members: Sequence[Any], value: Any) -> str:
    """`off` in place of `none`, a number in place of its text."""
    allowed = [
        str(item.value)
        for member in members
        if isinstance(member, type) and issubclass(member, Enum)
        for item in member
    ]
    word = str(value).lower()
    if word in allowed:
        return f"write {shown(word)}, in quotes"
    return 'write "none"' if "none" in allowed and word in FALSE else ""


def _mapping(hint: Any, value: Any, spelling: Callable[[str], str]) -> str:
    word = str(value).strip().lower() if _is_plain_value(value) else ""
    if not typing.is_typeddict(hint):
        return "write keys with values below it" if word or isinstance(value, list) else ""
    switch = spelling("enabled") if "enabled" in hints_of(hint) else ""
    if word in TRUE:
        return "write {}: it has the defaults then"
    if word in FALSE:
        return f"write {{{switch}: false}}" if switch else "remove it"
    return "write its keys below it" if word or isinstance(value, list) else ""


def _number(key: str, value: Any, *, whole: bool) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"write {int(value)} or {int(value) + 1}: it is a whole number" if whole else ""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or len(value) > LONGEST:
        return "write a number"
    text = value.strip()
    if text.lower() in NUMBERS:
        return f"write {NUMBERS[text.lower()]}"
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return f"write {text}, without quotes"
    amount, unit = _amount(key, text)
    if amount is None:
        return "write a number"
    if whole and amount != int(amount):
        return f"write a whole number: the unit is {unit}" if unit else "write a whole number"
    rest = f": the unit is {unit}" if unit else ""
    rest = rest or (", without the unit" if re.search("[A-Za-z%$]", text) else "")
    return f"write {amount:.10g}{rest}"


def _amount(key: str, text: str) -> tuple[float | None, str]:
    """Returns the number that a text means in the unit of its key, and that unit; a
    unit that the key doesn't have is dropped."""
    words = re.findall(r"[a-z]+|[A-Z][a-z]*", key.rsplit(".", 1)[-1])
    name = words[-1].lower() if words else ""
    own, known = OF_KEYS.get(name, ("", {}))
    total, at = 0.0, 0
    for found in QUANTITY.finditer(text):
        if text[at : found.start()].strip():
            return None, ""
        at = found.end()
        number = float(found[1].replace(",", "").replace("_", ""))
        unit = found[2].lower()
        factor = known.get(unit) or known.get(unit.removesuffix("s"))
        if unit and own and factor is None:
            return None, ""
        total += number * factor / known[own] if factor else number
    if at == 0 or text[at:].strip():
        return None, ""
    written = {"gib": "GiB", "mib": "MiB", "tib": "TiB", "gb": "GB"}.get(name, name)
    return round(total, 9), written if own else ""


def _is_plain_value(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)
