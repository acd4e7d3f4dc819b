"""PostgreSQL: schemas, domains, enums, partitions, rules."""

from typing import Any

from django.db import Error, connections

from manydb.legacy.catalogue import Catalogue
from manydb.legacy.deadline import SECONDS, Locked, TookTooLong, within
from manydb.legacy.dialects.postgresql_rows import choose, questions
from manydb.legacy.tables import Reference

__all__ = ["catalogue", "choose", "questions", "schemas"]

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
        CASE WHEN t.typcategory = 'A' THEN t.typelem END,
        CASE WHEN a.attgenerated = '' THEN pg_get_expr(ad.adbin, ad.adrelid) WHEN a.attidentity = 'd' THEN 'nextval()' END,
        col_description(c.oid, a.attnum)
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
# Tables of which others inherit, whose rows they show as well. Their indexes know their own rows alone.
_PARENTS = """
    SELECT DISTINCT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
    WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid)"""
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
_COMMENTS = """
    SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c
    WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND pg_table_is_visible(c.oid)
      AND obj_description(c.oid, 'pg_class') <> ''"""
# Bit 4 of a trigger's type is UPDATE, bit 2 INSERT and bit 1 BEFORE; a rule on UPDATE (2) does as it likes, too.
_TRIGGERED = """
    SELECT c.relname FROM pg_class c
    WHERE c.relkind IN ('f', 'p', 'r') AND pg_table_is_visible(c.oid)
      AND (EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
                   AND t.tgenabled <> 'D'
                   AND (t.tgtype & 16 <> 0 OR t.tgtype & 6 = 6))
           OR EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '2'))"""


def schemas(cursor: Any) -> list[str]:
    """``""`` stands for those of the search path, which come first."""
    cursor.execute(_SCHEMAS)
    return ["", *(name for name, on_path in cursor.fetchall() if not on_path)]


def catalogue(cursor: Any, schema: str) -> Catalogue:
    """What is on the search path, which is all that Django's introspection sees."""
    found = Catalogue()
    elements = connections[cursor.db.alias].introspection.data_types_reverse
    cursor.execute(_COLUMNS)
    for (
        table,
        column,
        declared,
        auto,
        always,
        generated,
        members,
        element,
        default,
        comment,
    ) in cursor.fetchall():
        found.columns[table][column] = {
            "type": declared,
            "auto": auto,
            "always": always,
            "generated": generated,
            "default": "nextval()" if auto and not default else default,
            "comment": comment or "",
            "members": tuple(members),
            "element": elements.get(element, "") if element else "",
        }
    cursor.execute(_KEYS)
    for table, primary, columns in cursor.fetchall():
        if primary:
            found.primary_keys[table] = tuple(columns)
        else:
            found.unique[table].append(tuple(columns))
    cursor.execute(_PARENTS)
    for (table,) in cursor.fetchall():
        if _repeats(cursor, table, found.primary_keys.get(table, ())):
            del found.primary_keys[table]
            found.unique.pop(table, None)
    cursor.execute(_REFERENCES)
    for table, place, target, enforced, columns, to in cursor.fetchall():
        reference = Reference(tuple(columns), (place, target), tuple(to), enforced)
        found.references[table].append(reference)
    cursor.execute(_TRIGGERED)
    found.triggered = {table for (table,) in cursor.fetchall()}
    cursor.execute(_COMMENTS)
    found.comments = dict(cursor.fetchall())
    return found


def _repeats(cursor: Any, table: str, key: tuple[str, ...]) -> bool:
    quote = cursor.db.ops.quote_name
    names = ", ".join(map(quote, key))
    if not names:
        return False
    query = f"SELECT 1 FROM {quote(table)} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
    try:
        with within(cursor.db, SECONDS), cursor.db.cursor() as inner:
            inner.execute(query)
            return inner.fetchone() is not None
    except (Error, Locked, TookTooLong):
        return False  # a large table, whose key is taken at its word
