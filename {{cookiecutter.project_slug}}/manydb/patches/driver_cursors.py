"""Every statement passes the checks of its connection, whatever sends it.

Django has ``execute_wrappers``, which its own cursor wrapper runs around ``execute`` and ``executemany``. The
wrapper's other ways to the server (``callproc``, psycopg's ``copy`` and ``stream``, sqlite3's ``executescript``)
and the driver's own cursor, which is ``cursor.cursor``, pass them by. Instruments replace the wrapper: the SQL
panel of django-debug-toolbar puts a new one around ``cursor.cursor`` and drops Django's.

So checks stand around the driver's cursor. A backend makes it in ``create_cursor()``, which is replaced on each
connection that has checks. Whatever yields rows is asked as well: rows of a cursor that was begun for one tenant
must not be read by another.

The driver's own connection, ``connections[alias].connection``, has more ways to the server. Those of psycopg,
mysqlclient and sqlite3 that take a statement are put behind the checks too (``guard_session``). Not covered is what
is built on the driver's connection without asking it, such as ``psycopg.Cursor(session)`` or libpq's ``session.pgconn``.
No ticket known.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import cache
from typing import Any, Protocol
from weakref import ref

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches import Patch, expect, takes, uses
from manydb.patches.probe import ProbeBackend

# Gets the connection and the statement, and raises if that must not run.
Check = Callable[[Any, Any], None]
# Gets a statement, and says whether a check has nothing to do for it, whenever it comes.
Passes = Callable[[str], bool]
# Gets the cursor, the statement, its parameters, whether they are many, and the driver's error. Gives the cursor of
# another connection on which the statement has run instead, with its result, or None if it has not.
Recovery = Callable[["DriverCursor", Any, Any, bool, Exception], "tuple[DriverCursor, Any] | None"]


# Gets the connection, and raises if its rows must not be read now.
RowsCheck = Callable[[Any], None]


class Waits(Protocol):
    """Counts who waits for a server; ``begin`` raises if no further thread may ask it now."""

    def begin(self, connection: Any) -> float: ...

    def end(self, since: float) -> None: ...

    def failed(self, error: BaseException, since: float) -> None: ...


MOST_KEPT, LONGEST_KEPT = 2_000, 5_000  # statements, and characters of one
# An ORM's statements come again and again: those that pass, by the questions that they pass.
_passed: dict[tuple[Passes, ...], set[str]] = {}


class OpenCursors:
    """Cursors that are not closed and that code may still read from. Each statement adds one and takes it out."""

    __slots__ = ("_refs",)

    def __init__(self) -> None:
        self._refs: set[ref[Any]] = set()

    def add(self, cursor: Any) -> None:
        self._refs.add(ref(cursor, self._refs.discard))

    def discard(self, cursor: Any) -> None:
        self._refs.discard(ref(cursor))  # equal to the one above

    def __len__(self) -> int:
        return len(self._refs)

    def __iter__(self) -> Iterator[Any]:
        return (cursor for each in tuple(self._refs) if (cursor := each()) is not None)


class Cursors:
    """What all cursors of one connection share: its checks, and which of them are open."""

    __slots__ = (
        "by_text",
        "checks",
        "connection",
        "is_closed",
        "on_error",
        "open",
        "passed",
        "recovery",
        "rows_check",
        "server",
        "trusts_session",
    )

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.checks: list[Check] = []  # of each statement
        self.by_text: dict[Check, Passes] = {}  # of those whose text does not pass
        self.passed: set[str] = set()
        self.rows_check: RowsCheck | None = None
        # Whether it is Django or this module that asks the driver's connection right now.
        self.trusts_session = False
        self.recovery: Recovery | None = None
        self.server: Waits | None = None  # whom statements are counted for while they wait
        # The driver's own cursors, which are gone when no code can read from them any more.
        self.open = OpenCursors()
        self.on_error: Callable[[Exception], None] | None = (
            None  # told of each that a driver raises
        )
        self.is_closed: Callable[[], None] | None = None

    def made(self, cursor: Any) -> "DriverCursor":
        """The driver's cursor, behind the checks."""
        if self.is_closed is not None:
            self.open.add(cursor)
        return DriverCursor(cursor, self)

    def look_at(self, check: Check, passes: Passes) -> None:
        """Has statements checked that don't pass."""
        self.by_text[check] = passes
        self.passed = _passed.setdefault(tuple(self.by_text.values()), set())

    def check(self, sql: Any) -> None:
        for check in self.checks:
            check(self.connection, sql)
        if sql.__class__ is not str or sql not in self.passed:
            self._check_text(sql)

    def _check_text(self, sql: Any) -> None:
        passes = True
        for check, passing in self.by_text.items():
            if not (isinstance(sql, str) and passing(sql)):
                check(self.connection, sql)
                passes = False
        if passes and isinstance(sql, str) and len(sql) < LONGEST_KEPT:
            if len(self.passed) >= MOST_KEPT:
                self.passed.clear()
            self.passed.add(sql)

    def check_rows(self) -> None:
        if self.rows_check is not None:
            self.rows_check(self.connection)


def cursors_of(connection: BaseDatabaseWrapper) -> Cursors:
    """The cursors that this connection will open from now on."""
    known: Cursors | None = vars(connection).get("driver_cursors")
    if known is not None:
        return known
    cursors = Cursors(connection)
    create_cursor = connection.create_cursor

    def create_checked(name: str | None = None) -> DriverCursor:
        cursors.trusts_session = True
        try:
            made = create_cursor(name)
        finally:
            cursors.trusts_session = False
        if cursors.is_closed is not None:
            cursors.open.add(made)
        return DriverCursor(made, cursors)  # as made(), without its call

    vars(connection).update(driver_cursors=cursors, create_cursor=create_checked)
    return cursors


def add_check(connection: BaseDatabaseWrapper, check: Check, passes: Passes | None = None) -> None:
    """Has every statement of this connection checked, once however often it is asked for.

    With ``passes`` the check is only made of statements that don't pass.
    """
    cursors = cursors_of(connection)
    if passes is not None:
        cursors.look_at(check, passes)
    elif check not in cursors.checks:
        cursors.checks.append(check)
    guard_session(connection.connection, cursors)


def ask_session(connection: BaseDatabaseWrapper, sql: str) -> Any:
    """The first row of a statement of the engine's own, which reads no table.

    It goes past Django's cursor, the checks and ``recovery``: another server's answer would be a wrong one.

    Raises:
        DatabaseError: it can't be asked.
    """
    with getattr(connection, "lock", _NO_LOCK):  # other threads may close some connections
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        cursors = cursors_of(connection)
        trusted, cursors.trusts_session = cursors.trusts_session, True
        try:
            with connection.wrap_database_errors:
                cursor = connection.connection.cursor()
                try:
                    cursor.execute(sql)
                    return cursor.fetchone()
                finally:
                    cursor.close()
        finally:
            cursors.trusts_session = trusted


_NO_LOCK = nullcontext()


class DriverCursor:
    """The driver's cursor, with all that it has; what sends a statement checks it before."""

    __slots__ = ("__weakref__", "_checked", "_cursors")

    def __init__(self, cursor: Any, cursors: Cursors) -> None:
        _set_checked(self, cursor)
        _set_cursors(self, cursors)

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> Any:
        given = () if params is None else (params,)
        return self._run(self._checked.execute, sql, given, kwargs, many=False)

    def executemany(self, sql: Any, params: Any, **kwargs: Any) -> Any:
        return self._run(self._checked.executemany, sql, (params,), kwargs, many=True)

    def _run(
        self, run: Callable[..., Any], sql: Any, given: tuple[Any, ...], kwargs: Any, *, many: bool
    ) -> Any:
        cursors = self._cursors
        for check in cursors.checks:  # as check(), without its call
            check(cursors.connection, sql)
        if sql.__class__ is not str or sql not in cursors.passed:
            cursors._check_text(sql)
        server = cursors.server
        since = 0.0
        trusted = cursors.trusts_session
        try:
            if server is not None:
                since = server.begin(cursors.connection)
            cursors.trusts_session = True  # mysqlclient asks that
            try:
                result = run(sql, *given, **kwargs)
            except BaseException as error:
                if server is not None:
                    server.failed(error, since)
                raise
            finally:
                cursors.trusts_session = trusted
            if server is not None:
                server.end(since)
        except Exception as error:
            if cursors.on_error is not None:
                cursors.on_error(error)
            params = given[0] if given else None
            # The engine's own question about this connection is not answered by another one.
            if (
                trusted
                or cursors.recovery is None
                or not (instead := cursors.recovery(self, sql, params, many, error))
            ):
                raise
            cursors.open.discard(self._checked)
            other, result = instead
            _set_checked(self, other)  # rows are fetched from there
        return self if result is self._checked else result

    def callproc(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("callproc", f"CALL {name}")(name, *args, **kwargs)

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        return _Copy(
            self._checked_way("copy", statement)(statement, *args, **kwargs), self._cursors
        )

    def copy_expert(self, sql: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("copy_expert", sql)(sql, *args, **kwargs)

    def copy_to(self, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("copy_to", "COPY")(*args, **kwargs)

    def copy_from(self, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("copy_from", "COPY")(*args, **kwargs)

    def stream(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return self._each(self._checked_way("stream", query)(query, *args, **kwargs))

    def executescript(self, script: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("executescript", script)(script, *args, **kwargs)

    def _checked_way(self, way: str, sql: Any) -> Any:
        self._cursors.check(str(sql))
        return getattr(self._checked, way)

    # Rows are asked for later than the statement was sent, and maybe by other code.

    def fetchone(self, *args: Any, **kwargs: Any) -> Any:
        cursors = self._cursors
        if cursors.rows_check is not None:  # check_rows() without its call
            cursors.rows_check(cursors.connection)
        return self._checked.fetchone(*args, **kwargs)

    def fetchmany(self, *args: Any, **kwargs: Any) -> Any:
        cursors = self._cursors
        if cursors.rows_check is not None:
            cursors.rows_check(cursors.connection)
        return self._checked.fetchmany(*args, **kwargs)

    def fetchall(self, *args: Any, **kwargs: Any) -> Any:
        cursors = self._cursors
        if cursors.rows_check is not None:
            cursors.rows_check(cursors.connection)
        return self._checked.fetchall(*args, **kwargs)

    def results(self) -> Any:
        """psycopg's result sets: each is this cursor, moved on."""
        for _ in self._checked.results():
            self._cursors.check_rows()
            yield self

    def _each(self, rows: Any) -> Iterator[Any]:
        check_rows = self._cursors.check_rows
        check_rows()
        for row in rows:
            yield row
            check_rows()

    @property
    def pgresult(self) -> Any:
        """psycopg's result, which has all rows."""
        self._cursors.check_rows()
        return self._checked.pgresult

    @property
    def of_driver(self) -> Any:
        """The driver's own cursor, on which the last statement has run."""
        return self._checked

    @property
    def opened_by(self) -> Any:
        """Django's connection, which opened it."""
        return self._cursors.connection

    def close(self) -> None:
        cursors = self._cursors
        try:
            self._checked.close()
        finally:
            if cursors.is_closed is not None:
                cursors.open.discard(self._checked)
                cursors.is_closed()

    def __iter__(self) -> Iterator[Any]:
        return self._each(self._checked)

    def __next__(self) -> Any:
        self._cursors.check_rows()
        return next(self._checked)

    def __enter__(self) -> "DriverCursor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checked, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._checked, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._checked, name)


# What ``self._checked = cursor`` would be if attributes were not the driver's.
_set_checked = vars(DriverCursor)["_checked"].__set__
_set_cursors = vars(DriverCursor)["_cursors"].__set__


class _Copy:
    """psycopg's ``Copy``, which asks before each row that it reads or writes."""

    def __init__(self, copy: Any, cursors: Cursors) -> None:
        self._manager, self._cursors = copy, cursors
        self._copy: Any = copy

    def __enter__(self) -> "_Copy":
        self._copy = self._manager.__enter__()
        return self

    def __exit__(self, *exception: Any) -> Any:
        return self._manager.__exit__(*exception)

    def __iter__(self) -> Iterator[Any]:
        return self._each(self._copy)

    def rows(self) -> Iterator[Any]:
        return self._each(self._copy.rows())

    def _each(self, rows: Any) -> Iterator[Any]:
        for row in rows:
            self._cursors.check_rows()
            yield row

    def __getattr__(self, name: str) -> Any:
        self._cursors.check_rows()
        return getattr(self._copy, name)


# Ways of a driver's connection to the server that take a statement, that change where it leads, or that give rows.
_SENDS, _MOVES = ("query",), ("select_db", "change_user", "set_character_set", "set_sql_mode")
_GIVES = ("store_result", "use_result")


class _Result:
    """mysqlclient's result of ``connection.query()``, which asks before it hands out rows."""

    __slots__ = ("_cursors", "_result")

    def __init__(self, result: Any, cursors: Cursors) -> None:
        self._result, self._cursors = result, cursors

    def fetch_row(self, *args: Any, **kwargs: Any) -> Any:
        self._cursors.check_rows()
        return self._result.fetch_row(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


class _SessionCursors:
    """Stands for ``cursor()`` of a driver's connection, whichever object of Django's has that now."""

    __slots__ = ("cursors", "open")

    def __init__(self, session: Any, cursors: Cursors) -> None:
        self.open = session.cursor
        self.cursors = cursors

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        opened = self.open(*args, **kwargs)
        return opened if self.cursors.trusts_session else self.cursors.made(opened)

    def guard(self, session: Any, name: str, statement: Callable[[Any], str]) -> None:
        way = getattr(session, name)

        def checked(*args: Any, **kwargs: Any) -> Any:
            if not self.cursors.trusts_session:
                self.cursors.check(statement(args[0] if args else ""))
            return way(*args, **kwargs)

        setattr(session, name, checked)

    def guard_rows(self, session: Any, name: str) -> None:
        way = getattr(session, name)

        def checked(*args: Any, **kwargs: Any) -> Any:
            if self.cursors.trusts_session:
                return way(*args, **kwargs)
            self.cursors.check_rows()
            result = way(*args, **kwargs)
            return None if result is None else _Result(result, self.cursors)

        setattr(session, name, checked)


@cache
def sqlite_session() -> type[Any]:
    """The class for sqlite3's ``factory``: its own takes no attributes, and its short ways ask no other cursor."""
    import sqlite3  # which most processes need not load

    class Session(sqlite3.Connection):
        def execute(self, *args: Any, **kwargs: Any) -> Any:
            return self.cursor().execute(*args, **kwargs)

        def executemany(self, *args: Any, **kwargs: Any) -> Any:
            return self.cursor().executemany(*args, **kwargs)

        def executescript(self, *args: Any, **kwargs: Any) -> Any:
            return self.cursor().executescript(*args, **kwargs)

    return Session


def guard_session(session: Any, cursors: Cursors) -> None:
    """Puts the ways of the driver's own connection to the server behind these checks."""
    try:
        known = vars(session).get("cursor")
    except TypeError:  # the driver's own type, which takes no attributes; or there is no connection
        return
    if type(known) is _SessionCursors:
        known.cursors = cursors
        return
    if hasattr(session, "pgconn"):
        uses(type(session).execute, "cursor")
    ways = _SessionCursors(session, cursors)
    session.cursor = ways
    for name in _SENDS:
        if hasattr(session, name):
            ways.guard(session, name, _text)
    for name in _MOVES:
        if hasattr(session, name):
            ways.guard(session, name, lambda what: f"USE {what}")
    for name in _GIVES:
        if hasattr(session, name):
            ways.guard_rows(session, name)


def _text(sql: Any) -> str:
    return sql.decode(errors="replace") if isinstance(sql, bytes | bytearray) else str(sql)


class _Probe(ProbeBackend):
    """Opens no connection, to see where Django's cursors come from."""

    def ensure_connection(self) -> None:
        pass

    def create_cursor(self, name: str | None = None) -> Any:
        return None


def _expects() -> None:
    takes(BaseDatabaseWrapper.create_cursor, "self", "name=None")
    probe = _Probe({}, "probe")
    cursors_of(probe)
    for way in ("cursor", "chunked_cursor"):
        opened = getattr(probe, way)()
        expect(
            isinstance(opened.cursor, DriverCursor),
            f"{way}() of a connection wraps what its create_cursor() gives, as .cursor",
        )


PATCH = Patch("driver_cursors", tried=("5.2", "6.1"), expects=_expects)
