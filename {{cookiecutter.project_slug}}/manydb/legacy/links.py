"""Fields that lead to other models: foreign keys of one column, and of several."""

from typing import Any

from manydb.legacy import identifiers
from manydb.legacy.choices import Field, model_field
from manydb.legacy.model import DO_NOTHING, Model
from manydb.legacy.relations import Relation


class Links:
    """The links between the models of one database, with names on both sides."""

    def __init__(self, models: list[Model]) -> None:
        self.by_table = {model.table.name: model for model in models}
        self.taken = {name: _taken(model) for name, model in self.by_table.items()}
        for model in models:
            # Before a new one takes the name that another had until now.
            relations = [*model.relations.values(), *model.wide]
            for relation in relations:
                self.taken[relation.table.name] |= _known(model, relation)

    def single(self, model: Model, column: str, made: Field, *, one: bool) -> Field:
        """Instead of ``made``, the field of a column that is a foreign key; ``one`` says it is unique."""
        relation = model.relations[column]
        target = self.by_table[relation.table.name]
        arguments: dict[str, Any] = {}
        if relation.target != target.key:
            arguments["to_field"] = target.columns[relation.target[0]]
        arguments |= self._related_name(model, model.columns[column], relation, one=one)
        arguments |= {k: v for k, v in made.arguments.items() if k in ("null", "blank")}
        kind = "OneToOneField" if one else "ForeignKey"
        return model_field(kind, _to(model, target), DO_NOTHING, **arguments)

    def wide(self, model: Model, relation: Relation) -> tuple[str, Field]:
        """Django has no foreign key of several columns, but what its own are made of (topics/composite-primary-key)."""
        target = self.by_table[relation.table.name]
        taken = self.taken[model.table.name]
        name = model.wide_name(relation)
        if name is None:
            name = identifiers.unique(identifiers.field_name(target.name), taken)
        taken.add(name)
        nullable = {column.name for column in model.table.columns if column.nullable}
        arguments: dict[str, Any] = {
            "from_fields": tuple(model.columns[column] for column in relation.columns),
            "to_fields": tuple(target.columns[column] for column in relation.target),
        }
        if nullable & set(relation.columns):
            arguments |= {"null": True, "blank": True}
        arguments |= self._related_name(model, name, relation, one=False)
        return name, model_field("ForeignObject", _to(model, target), DO_NOTHING, **arguments)

    def _related_name(
        self, model: Model, field: str, relation: Relation, *, one: bool
    ) -> dict[str, str]:
        """Nothing where Django's own name is unlike every other on the model that it is seen from."""
        known = model.related_names.get(relation.columns, "")
        if known != "":
            return {} if known is None else {"related_name": known}
        relations = [*model.relations.values(), *model.wide]
        target = relation.table.name
        several = sum(each.table.name == target for each in relations) > 1
        query = model.name.lower()
        accessor = query if one else f"{query}_set"
        taken = self.taken[target]
        if not several and not {query, accessor} & taken:
            taken |= {query, accessor}
            return {}
        name = identifiers.unique(f"{query}_{field}_set", taken)
        taken.add(name)
        return {"related_name": name}


def _to(model: Model, target: Model) -> str:
    return "self" if target is model else target.name


def _known(model: Model, relation: Relation) -> set[str]:
    """What the model that a relation leads to calls it already."""
    known = model.related_names.get(relation.columns, "")
    query = model.name.lower()
    return {query, f"{query}_set"} if known is None else {known} - {""}


def _taken(model: Model) -> set[str]:
    plain = set(model.columns.values())
    names = plain | {model.attribute(column) for column in model.columns} | model.taken
    return names | identifiers.RESERVED
