"""A connection on which code has changed the session is closed when its request is over, and not kept.

``USE``, ``SET search_path``, ``SET ROLE``, a temporary table, an advisory lock: what one request leaves on the server
would be there for the next request that gets the connection. Undoing it needs the server as well, and what a
function of the project has set can not be listed. A new connection is the one state that is known. Code that leaves
its session alone, as Django does, pays for one look into a cache per statement.
"""

import re
import threading
from functools import lru_cache
from typing import Any

from django.core.signals import request_finished
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.statements import LONGEST_KEPT
from manydb.patches.driver_cursors import add_check

CHANGED = "session_is_changed"  # an attribute of Django's connection

# What leaves nothing behind in a session, by its first word. All else counts as a change.
_LEAVES_NOTHING = re.compile(
    r"(?:\s|--[^\n]*\n|/\*(?!!).*?\*/|\()*"
    r"(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|FETCH|CLOSE|INSERT|UPDATE|DELETE|MERGE|REPLACE|TRUNCATE|"
    r"COPY|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START\s+TRANSACTION|COMMIT|ALTER|DROP|COMMENT|GRANT|REVOKE|ANALYZE|VACUUM|"
    r"REINDEX|REFRESH|OPTIMIZE|NOTIFY|CREATE(?!\s+(?:OR\s+REPLACE\s+)?(?:(?:GLOBAL|LOCAL)\s+)?TEMP))\b",
    re.IGNORECASE | re.DOTALL,
)
# On PostgreSQL these end with the transaction; on MySQL some hold for the session.
_OF_THE_TRANSACTION = re.compile(
    r"\s*(?:SET\s+(?:LOCAL|CONSTRAINTS|TRANSACTION)|LOCK(?:\s+TABLE)?|DECLARE(?!.*\bWITH\s+HOLD\b))\b",
    re.IGNORECASE | re.DOTALL,
)
_COMMENTS = re.compile(r"--[^\n]*|/\*(?!!).*?\*/", re.DOTALL)
# A backslash ends no text of standard SQL but escapes in one of MySQL: what either of them reads counts.
_TEXTS = (re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL), re.compile(r"'(?:[^']|'')*'"))
_QUOTED_NAMES = re.compile(r'"(?:[^"]|"")*"|`(?:[^`]|``)*`')
# A second statement, a variable of MySQL's, SELECT … INTO TEMP or @variable, a comment that MySQL runs.
_HIDDEN = re.compile(r";\s*\S|(?<!@)@\w|:=|\bINTO\s+(?:TEMP|OUTFILE|DUMPFILE)|/\*!", re.IGNORECASE)
_CALLED = re.compile(r"([\w.$]+)\s*\(")
_NAMED = re.compile(
    r"\b(?:INTO|TABLE|REFERENCES|EXISTS|VIEW|INDEX|KEY|UNIQUE|AS|WITH|RECURSIVE)\s+[\w.$]+\s*\(",
    re.IGNORECASE,
)
_INDEXED = re.compile(
    r"\A\s*CREATE\b.*?\bON\s+[\w.$]+\s*(?:USING\s+\w+\s*)?\(", re.IGNORECASE | re.DOTALL
)
# Words in front of a parenthesis, types, and the servers' functions that Django's expressions and ours call. One that
# is not here may do anything: it is the owner's.
_HARMLESS = frozenset(
    """
    and or not in is as on any all some exists values select from where having by union except intersect when then else
    case over filter within group partition order limit offset using distinct between like ilike similar interval with
    array row rows range default check key unique constraint references returning set into table index include join
    lateral ordinality only conflict do update delete char character varchar varying decimal numeric float double int
    integer smallint bigint bit time timestamp timestamptz datetime date binary varbinary text geometry precision
    abs acos age any_value array_agg array_append array_cat array_length array_position array_remove array_to_string
    ascii asin atan atan2 avg bin bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim cardinality cast
    cbrt ceil ceiling char_length character_length chr clock_timestamp coalesce concat concat_ws connection_id
    convert convert_tz corr cos cot count covar_pop covar_samp crc32 cume_dist curdate current_database current_date
    current_schema current_setting current_time current_timestamp current_user curtime database date_add date_format
    date_part date_sub date_trunc datediff dateadd day dayname dayofmonth dayofweek dayofyear decode degrees
    dense_rank div encode every exp extract field find_in_set first_value floor format format_type from_days
    from_unixtime gen_random_uuid generate_series generate_subscripts greatest group_concat hex hour if ifnull
    initcap instr is_free_lock is_used_lock isnull json json_agg json_array json_arrayagg json_build_array json_build_object json_contains
    json_contains_path json_each json_extract json_keys json_length json_object json_objectagg json_pretty
    json_quote json_remove json_replace json_search json_set json_type json_typeof json_unquote json_valid jsonb
    jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
    jsonb_build_object jsonb_each jsonb_each_text jsonb_exists jsonb_extract_path jsonb_extract_path_text
    jsonb_insert jsonb_object_keys jsonb_path_query jsonb_set jsonb_strip_nulls jsonb_typeof julianday lag
    last_day last_insert_id last_value lastval lcase lead least left length ln localtime localtimestamp locate log
    log10 log2 lower lpad ltrim make_date make_interval make_time makedate maketime max md5 microsecond mid min
    minute mod mode month monthname now nth_value ntile nullif obj_description octet_length overlay pi
    percent_rank percentile_cont percentile_disc period_diff phraseto_tsquery plainto_tsquery position pow power
    quarter quote_ident quote_literal radians rand random rank regexp_like regexp_match regexp_matches
    regexp_replace regexp_split_to_array regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round row_number rpad rtrim second
    sec_to_time session_user setval sha1 sha2 sha224 sha256 sha384 sha512 sign similarity sin soundex space split_part
    sqrt st_asgeojson st_astext st_contains st_distance st_dwithin st_intersects st_within std stddev stddev_pop
    stddev_samp str_to_date strftime string_agg string_to_array strpos substr substring substring_index subtime sum
    sysdate tan time_format time_to_sec timediff timestampadd timestampdiff to_char to_date to_days to_json to_jsonb
    to_number to_regclass to_seconds to_timestamp to_tsquery to_tsvector translate trim trigram trim_array trunc
    truncate ts_headline ts_rank ts_rank_cd txid_current typeof ucase unaccent unhex unistr unix_timestamp unnest
    upper user utc_date utc_time utc_timestamp uuid uuid_generate_v4 uuidv4 uuidv7 var_pop var_samp variance version
    websearch_to_tsquery week weekday weekofyear width_bucket word_similarity xmlagg year yearweek
    nextval currval total glob hex ifnull iif printf quote unicode zeroblob sqlite_version changes
    """.split()  # noqa: SIM905  a long list of words reads best as words
)
# PostgreSQL's own, but for those whose effect lasts, and Django's functions for SQLite.
_HARMLESS_BEGINNINGS = re.compile(
    r"pg_(?!(?:try_)?advisory_(?!xact_)(?:un)?lock|(?:un)?listen)|pg_(?:try_)?advisory_xact_|django_"
)


def changes_session(sql: object, vendor: str = "") -> bool:
    """Whether a statement may leave something behind in its session. Anything but a string counts as one that does."""
    if not isinstance(sql, str):
        return True
    return _remembered(sql, vendor) if len(sql) < LONGEST_KEPT else _judged(sql, vendor)


def _judged(sql: str, vendor: str) -> bool:
    if vendor == "postgresql" and _OF_THE_TRANSACTION.match(sql):
        return False
    return any(_leaves_something(texts.sub("''", sql)) for texts in _TEXTS)


def _leaves_something(sql: str) -> bool:
    bare = _QUOTED_NAMES.sub("quoted", _COMMENTS.sub(" ", sql))
    if not _LEAVES_NOTHING.match(bare) or _HIDDEN.search(bare):
        return True
    names = _CALLED.findall(_NAMED.sub("", _INDEXED.sub("(", bare)))
    return not all(_is_harmless(name.lower().removeprefix("pg_catalog.")) for name in names)


def _is_harmless(name: str) -> bool:
    return name in _HARMLESS or _HARMLESS_BEGINNINGS.match(name) is not None


_remembered = lru_cache(maxsize=1000)(_judged)


class _Thread(threading.local):
    def __init__(self) -> None:
        self.changed: list[BaseDatabaseWrapper] = []


_thread = _Thread()


def note_session(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements, which lets all pass: notes that the session is not what it was."""
    if changes_session(sql, connection.vendor) and not is_changed(connection):
        vars(connection)[CHANGED] = True
        _thread.changed.append(connection)


def is_changed(connection: BaseDatabaseWrapper) -> bool:
    """Whether code has changed the session of this connection since it was opened."""
    return bool(vars(connection).get(CHANGED))


@receiver(connection_created)
def watch_session(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    add_check(connection, note_session)
    vars(connection)[CHANGED] = False  # what Django itself has set belongs to it


@receiver(request_finished)
def close_changed(**kwargs: Any) -> None:
    """Closes those of this thread; in a transaction of tests, when that has ended."""
    if _thread.changed:
        changed, _thread.changed = _thread.changed, []
        for connection in changed:
            if is_changed(connection) and not connection.in_atomic_block:
                connection.close()
