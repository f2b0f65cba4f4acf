"""The types that a column of an Iceberg table can have, in the words of Hive, which the
Glue Data Catalog uses.

Sources: AWS Glue API, `Column`, `Type`; Amazon Athena User Guide, "Supported data types
for Iceberg tables in Athena"; Apache Iceberg specification, "Schemas and Data Types".
"""

import re
from collections.abc import Iterator

from groundplan.problems import Problem, nearest

PRIMITIVES = (
    *("bigint", "binary", "boolean", "date", "double", "float", "int", "string", "timestamp"),
)
NESTED = ("decimal(p,s)", "array<t>", "map<k,v>", "struct<name:t>")
ALLOWED = ", ".join([*PRIMITIVES, *NESTED])
WITHOUT_ICEBERG = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "short", "byte"), "int"),
    **dict.fromkeys(("char", "varchar", "text", "str"), "string"),
    **dict.fromkeys(("long", "int64"), "bigint"),
    "int32": "int",
    "datetime": "timestamp",
    "bool": "boolean",
    "float64": "double",
}
"""Types of Hive and of other languages -> the one that Iceberg has in their place."""
MAX_PRECISION = 38
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")
OPENS, CLOSES = "<", ">"


def problems(key: str, type_: str) -> Iterator[Problem]:
    """Yields the problem of a type that no column of an Iceberg table can have."""
    wrong = _wrong("".join(type_.split()))
    if wrong is None:
        return
    name = re.match(r"[a-z0-9_]*", wrong.lower())
    word = name[0] if name else ""
    near = WITHOUT_ICEBERG.get(word) or next(iter(nearest(word, PRIMITIVES, cutoff=0.6)), "")
    fix = f"write {near} in place of {wrong}" if near else ""
    yield Problem(key, type_, f"one of {ALLOWED}", fix)


def _wrong(text: str) -> str | None:
    """Returns the first part of a type that is none; `None` if all of it is."""
    if text in PRIMITIVES:
        return None
    if found := DECIMAL.fullmatch(text):
        precision, scale = int(found[1]), int(found[2])
        return None if 1 <= precision <= MAX_PRECISION and scale <= precision else text
    outer, opened, inner = text.partition(OPENS)
    if not opened or not inner.endswith(CLOSES):
        return text
    parts = _split(inner[:-1])
    if parts is None:
        return text
    if outer == "struct":
        return _of_fields(parts)
    count = {"array": 1, "map": 2}.get(outer)
    if count is None or len(parts) != count:
        return text if count else outer
    return next(filter(None, map(_wrong, parts)), None)


def _of_fields(parts: list[str]) -> str | None:
    for part in parts:
        field, colon, type_ = part.partition(":")
        if not colon or not FIELD.fullmatch(field):
            return part
        if wrong := _wrong(type_):
            return wrong
    return None


def _split(text: str) -> list[str] | None:
    """Returns the parts between commas, not those of inner types; `None` where
    parentheses don't match."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if depth < 0:
            return None
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return None if depth or "" in parts else parts
