"""What introspection found, as values: nothing here knows Django's fields or how source is written."""

from dataclasses import dataclass, field

Name = tuple[str, str]  # schema ("" where the engine has none, or it is the default one) and table


def label_of(name: Name) -> str:
    """For people: ``sales.orders``."""
    return ".".join(filter(None, name))


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the database declares it, and what its rows were ``seen`` to hold.

    ``type`` is the declared type in lower case, domains resolved. ``guess`` is the field class that
    Django's introspection names, empty if it knows none. ``members`` are those of an enum or a set.
    """

    name: str
    type: str
    guess: str = ""
    nullable: bool = True
    size: int | None = None
    precision: int | None = None
    scale: int | None = None
    auto: bool = False
    always: bool = False  # numbered by the server, which takes no other number
    generated: str | None = None
    stored: bool = True
    default: str | None = None  # in SQL
    comment: str = ""
    members: tuple[str, ...] = ()
    charset: str = ""  # of a text that is not UTF-8
    uncollated: bool = False  # SQLite lacks what it sorts by
    element: str = ""  # of an array: the field class of its elements
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key; ``target`` is empty where it means the primary key of the other table.

    ``enforced`` says that no row can break it: one that was loaded with the checks off may.
    """

    columns: tuple[str, ...]
    table: Name
    target: tuple[str, ...]
    enforced: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. ``unique`` holds the unique indexes on whole columns of all rows."""

    name: Name
    view: bool
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    triggered: bool = False
    comment: str = ""

    @property
    def label(self) -> str:
        return label_of(self.name)

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key, else the shortest unique index without NULLs, else nothing."""
        required = {column.name for column in self.columns if not column.nullable}
        candidates = [columns for columns in self.unique if required.issuperset(columns)]
        return self.primary_key or min(candidates, key=lambda it: (len(it), it), default=())

    @property
    def orders(self) -> dict[str, int]:
        return {column.name: place for place, column in enumerate(self.columns)}


@dataclass(slots=True)
class Found:
    """A database's tables, in order of name, and what there is to say about them.

    ``unreadable`` and ``slow`` give a reason by label; ``sampled`` tells how many rows were read at
    either end of a table too large for more, ``notes`` the foreign keys that rows break.
    """

    vendor: str
    tables: list[Table] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    slow: dict[str, str] = field(default_factory=dict)
    sampled: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
