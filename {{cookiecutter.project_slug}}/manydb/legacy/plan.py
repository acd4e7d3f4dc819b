"""From tables to models: names, keys and relations, as values that can be compared or written out."""

from collections.abc import Iterable
from dataclasses import replace

from manydb.legacy import identifiers
from manydb.legacy.choices import Field, choose
from manydb.legacy.defaults import told
from manydb.legacy.dialects import dialect_of
from manydb.legacy.kept import Kept
from manydb.legacy.links import Links
from manydb.legacy.model import Model, Plan
from manydb.legacy.relations import Chosen, Relation, Relations
from manydb.legacy.spelling import spelled
from manydb.legacy.tables import Found, Table


def plan(found: Found, kept: Kept) -> Plan:
    """Models for what was found; what they can't say goes into ``left_out`` and ``notes``."""
    dialect = dialect_of(found.vendor)
    models = _models(found.tables, kept)
    chosen = {
        (model.table.name, column.name): choose(
            column, dialect, key=() if model.keyless else model.key
        )
        for model in models
        for column in model.table.columns
    }
    hidden = {model.table.name for model in models if model.hidden}
    relations = Relations(tuple(found.tables), chosen, hidden)
    for model in models:
        if model.keyless:
            relations.spare_one(model.table)
        _name_columns(model, relations.found[model.table.name])
    links = Links(models)
    for model in models:
        for column in model.table.columns:
            made = _field(model, column.name, chosen, links)
            name = model.columns[column.name]
            model.fields[name] = told(made, column, found.vendor, keyless=model.keyless)
        for relation in model.wide:
            name, field = links.wide(model, relation)
            model.fields[name] = field
    notes = found.notes + relations.notes
    return Plan(models, found.unreadable, notes, prefix_of(found.tables, kept), kept.singular)


def prefix_of(tables: Iterable[Table], kept: Kept) -> str:
    """What names of classes leave out of those of tables."""
    if kept.prefix is not None:
        return kept.prefix
    return identifiers.common_prefix(table.name[1] for table in tables if not table.view)


def _models(tables: list[Table], kept: Kept) -> list[Model]:
    known = {table.name: kept.models[table.name] for table in tables if table.name in kept.models}
    taken = [name for each in kept.models.values() for name in (each.base, each.name) if name]
    new = identifiers.class_names(
        (table.name for table in tables if table.name not in known),
        taken=[*taken, *kept.taken],
        prefix=prefix_of(tables, kept),
        singular=kept.singular,
    )
    return [
        Model(
            name=(each.name or each.base) if each else new[table.name],
            table=table,
            keyless=table.view or not table.key,
            base=each.base if each else new[table.name],
            kept=each,
            hidden=each is not None and each.name is None,
        )
        for table in tables
        for each in [known.get(table.name)]
    ]


def _name_columns(model: Model, relations: list[Relation]) -> None:
    """A column keeps the name that it has. Of the others plain ones choose first, as a relation has two names."""
    for relation in relations:
        if len(relation.columns) == 1:
            model.relations[relation.columns[0]] = relation
        else:
            model.wide.append(relation)
    # A name that the owner's class has for something else would hide a new column.
    taken: set[str] = set(model.taken)
    columns = [column.name for column in model.table.columns]
    for column in columns:
        if known := model.known(column):
            name = known.name_for(related=column in model.relations)
            if name not in taken:
                model.columns[column] = name
                taken |= {name, model.attribute(column)}
    for column in columns:
        if column not in model.relations and column not in model.columns:
            model.columns[column] = identifiers.unique(identifiers.field_name(column), taken)
            taken.add(model.columns[column])
    for column in columns:
        if column in model.relations and column not in model.columns:
            name = identifiers.field_name(column)
            short = identifiers.field_name(name.removesuffix("_id"))
            free = not {short, f"{short}_id"} & taken
            while not free and {name, f"{name}_id"} & taken:
                name = identifiers.unique(f"{name}_relation", taken)
            model.columns[column] = short if free else name
            taken |= {model.columns[column], f"{model.columns[column]}_id"}


def _field(model: Model, column: str, chosen: Chosen, links: Links) -> Field:
    made = chosen[model.table.name, column]
    if made.kind == "GeneratedField" and column in model.key:
        made = made.arguments["output_field"]  # Django writes no key that is there already
    key = model.key == (column,)
    unique = (column,) in model.table.unique and not key and made.kind != "GeneratedField"
    if column in model.relations:
        made = links.single(model, column, made, one=key or unique)
        unique = False
    if key or column in model.key:
        # A blank address would be NULL, which no key can be.
        gone = {"null", "blank"} if made.kind == "GenericIPAddressField" else {"null"}
        made = replace(made, arguments={k: v for k, v in made.arguments.items() if k not in gone})
    extra: dict[str, object] = {"primary_key": True} if key else {"unique": True} if unique else {}
    if model.keyless and key and made.kind != "GenericIPAddressField":
        extra["blank"] = True
    attribute = (
        f"{model.columns[column]}_id" if column in model.relations else model.columns[column]
    )
    if attribute != spelled(column):
        extra = {"db_column": spelled(column), **extra}
    return replace(made, arguments={**extra, **made.arguments})
