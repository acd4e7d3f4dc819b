"""From tables to models: names, keys and relations, as values that can be compared or written out."""

from collections import Counter
from dataclasses import replace

from . import names
from .choices import Field, choose, model_field
from .dialects import dialect_of
from .model import DO_NOTHING, Model, Plan
from .relations import Relation, Relations, ReverseNames
from .tables import Found, Name, Table


def plan(found: Found) -> Plan:
    """Models for what was found; what they can't say goes into ``left_out`` and ``notes``."""
    dialect = dialect_of(found.vendor)
    models = [
        Model(name, table, keyless=table.view or not table.key)
        for table, name in zip(found.tables, _class_names(found.tables), strict=True)
    ]
    chosen = {
        (model.table.name, column.name): choose(
            column, dialect, key=() if model.keyless else model.key
        )
        for model in models
        for column in model.table.columns
    }
    relations = Relations(tuple(found.tables), chosen)
    for model in models:
        _name_columns(model, relations.found[model.table.name])
    by_table = {model.table.name: model for model in models}
    reverse = ReverseNames({name: _attributes(model) for name, model in by_table.items()})
    for model in models:
        for column in model.table.columns:
            made = _field(model, column.name, chosen, by_table, reverse)
            model.fields[model.columns[column.name]] = made
        for relation in model.wide:
            _add_wide(model, relation, by_table, reverse)
    return Plan(models, found.unreadable, found.notes + relations.notes)


def _class_names(tables: list[Table]) -> list[str]:
    by_table = names.class_names(table.name for table in tables)
    return [by_table[table.name] for table in tables]


def _attributes(model: Model) -> set[str]:
    plain = set(model.columns.values())
    return plain | {model.attribute(column) for column in model.columns} | names.RESERVED


def _name_columns(model: Model, relations: list[Relation]) -> None:
    """Plain columns choose first, as a relation has two names to give way with."""
    for relation in relations:
        if len(relation.columns) == 1:
            model.relations[relation.columns[0]] = relation
        else:
            model.wide.append(relation)
    taken: set[str] = set()
    columns = [column.name for column in model.table.columns]
    for column in columns:
        if column not in model.relations:
            model.columns[column] = names.unique(names.field_name(column), taken)
            taken.add(model.columns[column])
    for column in columns:
        if column in model.relations:
            name = names.field_name(column)
            short = names.field_name(name.removesuffix("_id"))
            free = not {short, f"{short}_id"} & taken
            while not free and {name, f"{name}_id"} & taken:
                name = names.unique(f"{name}_relation", taken)
            model.columns[column] = short if free else name
            taken |= {model.columns[column], f"{model.columns[column]}_id"}


def _field(
    model: Model,
    column: str,
    chosen: dict[tuple[Name, str], Field],
    by_table: dict[Name, Model],
    reverse: ReverseNames,
) -> Field:
    made = chosen[model.table.name, column]
    if made.kind == "GeneratedField" and column in model.key:
        made = made.arguments["output_field"]  # Django writes no key that is there already
    key = model.key == (column,)
    unique = (column,) in model.table.unique and not key and made.kind != "GeneratedField"
    if relation := model.relations.get(column):
        made = _relation(model, column, relation, made, by_table, reverse, one=key or unique)
        unique = False
    if key or column in model.key:
        # A blank address would be NULL, which no key can be.
        gone = {"null", "blank"} if made.kind == "GenericIPAddressField" else {"null"}
        made = replace(made, arguments={k: v for k, v in made.arguments.items() if k not in gone})
    extra: dict[str, object] = {"primary_key": True} if key else {"unique": True} if unique else {}
    if model.keyless and key and made.kind != "GenericIPAddressField":
        extra["blank"] = True
    spelled = column.replace("%", "%%")  # Django's SQL is a format
    if model.attribute(column) != spelled:
        extra = {"db_column": spelled, **extra}
    return replace(made, arguments={**extra, **made.arguments})


def _relation(
    model: Model,
    column: str,
    relation: Relation,
    made: Field,
    by_table: dict[Name, Model],
    reverse: ReverseNames,
    *,
    one: bool,
) -> Field:
    target = by_table[relation.table.name]
    to = "self" if target is model else target.name
    arguments: dict[str, object] = {}
    if relation.target != target.key:
        arguments["to_field"] = target.columns[relation.target[0]]
    several = Counter(other.table.name for other in _all(model))[target.table.name] > 1
    if related := reverse.related_name(
        model.name, model.columns[column], target.table.name, one=one, several=several
    ):
        arguments["related_name"] = related
    arguments |= {k: v for k, v in made.arguments.items() if k in ("null", "blank")}
    kind = "OneToOneField" if one else "ForeignKey"
    return replace(model_field(kind, to, DO_NOTHING), arguments=arguments)


def _all(model: Model) -> list[Relation]:
    return [*model.relations.values(), *model.wide]


def _add_wide(
    model: Model, relation: Relation, by_table: dict[Name, Model], reverse: ReverseNames
) -> None:
    """Django has no foreign key of several columns, but what its own are made of (topics/composite-primary-key)."""
    target = by_table[relation.table.name]
    taken = reverse.taken[model.table.name]
    name = names.unique(names.field_name(target.name), taken)
    taken.add(name)
    several = Counter(other.table.name for other in _all(model))[target.table.name] > 1
    related = reverse.related_name(model.name, name, target.table.name, one=False, several=several)
    nullable = {column.name for column in model.table.columns if column.nullable}
    arguments: dict[str, object] = {
        "from_fields": tuple(model.columns[column] for column in relation.columns),
        "to_fields": tuple(target.columns[column] for column in relation.target),
    }
    if nullable & set(relation.columns):
        arguments |= {"null": True, "blank": True}
    if related:
        arguments["related_name"] = related
    to = "self" if target is model else target.name
    model.fields[name] = model_field("ForeignObject", to, DO_NOTHING, **arguments)
