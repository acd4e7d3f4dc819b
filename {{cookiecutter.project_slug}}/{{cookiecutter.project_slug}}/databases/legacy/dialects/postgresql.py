"""PostgreSQL: schemas, domains, enums, arrays, and values that Python's types have no room for."""

import re
from dataclasses import replace
from typing import Any

from django.db import connections

from ..catalogue import Catalogue
from ..choices import Field, custom, model_field
from ..tables import Column, Reference

_SCHEMAS = """
    SELECT nspname, nspname = ANY (current_schemas(false)) FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname"""
# A domain may be a domain of a domain: the base type and its precision are at the end.
_COLUMNS = """
    WITH RECURSIVE real (domain, base, modifier) AS (
        SELECT oid, oid, -1 FROM pg_type WHERE typtype <> 'd'
        UNION ALL
        SELECT d.oid, r.base, CASE WHEN d.typtypmod = -1 THEN r.modifier ELSE d.typtypmod END
        FROM pg_type d JOIN real r ON d.typbasetype = r.domain WHERE d.typtype = 'd'
    )
    SELECT c.relname, a.attname,
        format_type(r.base, CASE WHEN a.atttypmod = -1 THEN r.modifier ELSE a.atttypmod END),
        a.attidentity <> '' OR coalesce(pg_get_expr(ad.adbin, ad.adrelid), '') LIKE 'nextval(%%',
        a.attidentity = 'a',
        CASE WHEN a.attgenerated <> '' THEN pg_get_expr(ad.adbin, ad.adrelid) END,
        ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid IN (r.base, t.typelem) ORDER BY e.enumsortorder),
        CASE WHEN t.typcategory = 'A' THEN t.typelem END
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN real r ON r.domain = a.atttypid
    JOIN pg_type t ON t.oid = r.base
    LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
    WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND pg_table_is_visible(c.oid)
      AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"""
_KEYS = """
    SELECT c.relname, i.indisprimary,
        ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY k (number, place)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
              WHERE k.place <= i.indnkeyatts ORDER BY k.place)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND pg_table_is_visible(c.oid)
      AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'pg_toast')
    ORDER BY c.relname, i.indexrelid::regclass::text"""
_REFERENCES = """
    SELECT c.relname, n.nspname, f.relname, k.convalidated,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number ORDER BY u.place),
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
              JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = u.number ORDER BY u.place)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = f.relnamespace
    WHERE k.contype = 'f' AND k.conparentid = 0 AND pg_table_is_visible(c.oid) ORDER BY c.relname, k.conname"""
# Bit 4 of a trigger's type is UPDATE; a rule on UPDATE (2) does as it likes, too.
_TRIGGERED = """
    SELECT c.relname FROM pg_class c
    WHERE c.relkind IN ('f', 'p', 'r') AND pg_table_is_visible(c.oid)
      AND (EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
                   AND t.tgenabled <> 'D' AND t.tgtype & 16 <> 0)
           OR EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '2'))"""
# Types that Django's field reads, and writes back as it read them.
_ELEMENTS = ("Integer", "Text", "Char", "Boolean", "Float", "Decimal", "UUID", "DateField")
_TEXTS = ("character", "text", "citext", "name", '"char"', "xml")


def schemas(cursor: Any) -> list[str]:
    """``""`` stands for those of the search path, which come first."""
    cursor.execute(_SCHEMAS)
    return ["", *(name for name, on_path in cursor.fetchall() if not on_path)]


def catalogue(cursor: Any, schema: str) -> Catalogue:
    """Enters the schema, for Django's introspection sees what is on the search path.

    LOCAL: it is gone with the transaction, also where a pooler hands the connection on.
    """
    if schema:
        cursor.execute("SELECT set_config('search_path', quote_ident(%s), true)", [schema])
    found = Catalogue()
    elements = connections[cursor.db.alias].introspection.data_types_reverse
    cursor.execute(_COLUMNS)
    for table, column, declared, auto, always, generated, members, element in cursor.fetchall():
        found.columns[table][column] = {
            "type": declared,
            "auto": auto,
            "always": always,
            "generated": generated,
            "members": tuple(members),
            "element": elements.get(element, "") if element else "",
        }
    cursor.execute(_KEYS)
    for table, primary, columns in cursor.fetchall():
        if primary:
            found.primary_keys[table] = tuple(columns)
        else:
            found.unique[table].append(tuple(columns))
    cursor.execute(_REFERENCES)
    for table, place, target, enforced, columns, to in cursor.fetchall():
        reference = Reference(tuple(columns), (place, target), tuple(to), enforced)
        found.references[table].append(reference)
    cursor.execute(_TRIGGERED)
    found.triggered = {table for (table,) in cursor.fetchall()}
    return found


def _word(declared: str) -> str:
    """``character`` of ``character varying(9)``; an extension may be in a schema beside the search path."""
    word = re.split(r"[ (]", declared, maxsplit=1)[0]
    return "citext" if word.endswith(".citext") else word


def questions(column: Column) -> dict[str, str]:
    base, word = column.type, _word(column.type)
    if base.endswith("[]"):
        any_one = "EXISTS (SELECT 1 FROM unnest(:c) AS one WHERE {})"
        return {"deep": "array_ndims(:c) > 1"} | {
            answer: any_one.format(condition.replace(":c", "one"))
            for answer, condition in questions(replace(column, type=base[:-2])).items()
            if answer != "empty"
        }
    if word in ("date", "timestamp"):
        # 'infinity', years before Christ and after 9999: psycopg refuses to read the row.
        return {"no moment": ":c < '0001-01-02' OR :c >= '9999-12-31'"}
    if word == "time":
        return {"no moment": ":c = '24:00'"}
    if word == "interval":
        # A timedelta knows neither months nor days of another length than 24 hours.
        # Of less than no time it makes days, and a time that is added to them.
        return {
            "no moment": "EXTRACT(YEAR FROM :c) <> 0 OR EXTRACT(MONTH FROM :c) <> 0"
            " OR EXTRACT(HOUR FROM :c) NOT BETWEEN 0 AND 23"
            " OR EXTRACT(MINUTE FROM :c) < 0 OR EXTRACT(SECOND FROM :c) < 0"
        }
    if base == "jsonb":
        return {"null": ":c = 'null'::jsonb"}
    if base in ("json", "jsonb"):
        return {"null": ":c::text = 'null'"}
    if word == "numeric":
        return {"no number": ":c IN ('NaN', 'Infinity', '-Infinity')"}
    if word in ("real", "double"):
        return {"negative zero": ":c = 0 AND :c::text = '-0'"}
    if word == "inet":
        return {"network": ":c <> host(:c)::inet"}
    return {"empty": ":c::text = ''"} if word in _TEXTS or column.members else {}


def choose(column: Column) -> Field | None:
    base = column.type
    if column.seen & {"no moment", "no number", "null", "deep", "network"}:
        return custom("ReadOnlyTextField")
    if column.members:
        choices = [(member, member) for member in column.members]
        word = model_field("CharField", max_length=max(map(len, column.members)), choices=choices)
        if base.endswith("[]"):
            word = word.given(null=True, blank=True)
            return custom("arrays.EnumArrayField", base_field=word)
        return word
    if base.endswith("[]"):
        return _array(column)
    if base.startswith("timestamp") and base.endswith("without time zone"):
        return custom("NaiveDateTimeField")
    if base in ("json", "jsonb"):
        return custom("StoredJSONField")
    if base in ("macaddr", "macaddr8"):
        return model_field("CharField", max_length=23)
    if "negative zero" in column.seen:
        return custom("SignedZeroFloatField")
    if base == "oid":
        return model_field("BigIntegerField")
    if _word(base) in _TEXTS and not column.guess:
        return model_field("TextField")
    if base.startswith("time") and base.endswith("with time zone") and column.guess == "TimeField":
        return custom("ReadOnlyTextField")
    if base == "bytea" or column.guess:
        return None
    return custom("ReadOnlyTextField")


def _array(column: Column) -> Field:
    if not column.element.startswith(_ELEMENTS) and not column.element.endswith("IntegerField"):
        return custom("ReadOnlyTextField")
    numbers = [int(number) for number in re.findall(r"\d+", column.type.partition("(")[2])]
    arguments: dict[str, Any] = {"null": True, "blank": True}
    name = column.element
    if name == "CharField":
        arguments = {"max_length": numbers[0]} | arguments if numbers else arguments
        name = name if numbers else "TextField"
    if name == "DecimalField" and not numbers:
        element = custom("arrays.NumericField", max_digits=1000, decimal_places=500, **arguments)
        return custom("arrays.ArrayField", base_field=element)
    if name == "DecimalField":
        digits, places = [*numbers, 0][:2]
        arguments = {"max_digits": digits, "decimal_places": places} | arguments
    element = model_field(name, **arguments)
    return custom("arrays.ArrayField", base_field=element)
