"""A field that holds the key of a row of another database: what a foreign key is where no foreign key can be.

It is no relation for Django: nothing is joined, no constraint is made, and deleting a row asks nothing of the
objects that refer to it. What needs no join works as it does with a foreign key.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.apps import apps
from django.conf import SettingsReference
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import Field, Model, QuerySet
from django.db.models.lookups import In
from django.db.models.query_utils import DeferredAttribute
from django.db.models.sql import Query
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from manydb.core import findings
from manydb.core.routing import PER_TENANT, facts, home_of, primary_of
from manydb.patches.object_state import where_last_used

# What a column that holds such a key is made of.
_COUNTED: dict[type[Any], type[Any]] = {
    models.SmallAutoField: models.SmallIntegerField,
    models.BigAutoField: models.BigIntegerField,
    models.AutoField: models.IntegerField,
}
# What a key says of its own table, and a reference to it does not.
_OF_ITS_TABLE = (
    *("auto_created", "choices", "db_column", "db_comment", "db_default", "db_index"),
    *("db_tablespace", "default", "editable", "error_messages", "help_text", "primary_key"),
    *("serialize", "unique", "validators", "verbose_name"),
)
_Target = type[Model] | str


class DatabaseReference(Field):  # type: ignore[type-arg]
    """The key of a row of another database, and that row.

    ``created_by = DatabaseReference(settings.AUTH_USER_MODEL, null=True)`` has a column ``created_by_id``. As
    with a foreign key, ``invoice.created_by_id`` is the key and ``invoice.created_by`` the user, who is read
    when first asked for, where the router sends reads of users; ``prefetch_related("created_by")`` reads those
    of many objects at once. A row that is gone is None, and its key stays.
    """

    description = _("Key of a row of another database")
    default_error_messages = {
        "invalid": _("%(model)s instance with %(field)s %(value)r does not exist.")
    }

    def __init__(
        self,
        to: _Target,
        verbose_name: Any = None,
        *,
        key: Any = None,
        limit_choices_to: Any = None,
        db_index: bool = True,
        **options: Any,
    ) -> None:
        """``key`` is the field that the column is made like, by default that of the other row's key.

        Migrations have it, because the other model may change or be gone when they run.
        """
        self.to = to
        self.given_key = key
        self.limit_choices_to = limit_choices_to
        self.db_index = db_index
        super().__init__(verbose_name, db_index=db_index, **options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        path = path.replace(".core.references.", ".models.")
        kwargs.pop("db_index", None)
        if not self.db_index:
            kwargs["db_index"] = False
        label = self.label.lower()
        swapped = apps.get_swappable_settings_name(label)
        kwargs["to"] = SettingsReference(label, swapped) if swapped else label
        kwargs["key"] = self.key
        return name, path, args, kwargs

    # The other row.

    @property
    def label(self) -> str:
        """``app.Model`` of the other row's model."""
        if not isinstance(self.to, str):
            return self.to._meta.label
        return self.to if "." in self.to else f"{self.model._meta.app_label}.{self.to}"

    @cached_property
    def target(self) -> type[Model]:
        """The other row's model.

        Raises:
            LookupError: there is no such model.
        """
        return apps.get_model(self.label) if isinstance(self.to, str) else self.to

    @cached_property
    def key(self) -> Any:
        """The field that the column is made like."""
        return self.given_key or _like(self.target._meta.pk)

    def rows(self, instance: Model | None = None) -> QuerySet[Any]:
        """All rows that may be referred to, of the database that the router names for a read."""
        hints = {"instance": instance} if instance is not None else None
        return self.target._base_manager.db_manager(hints=hints).all()

    def key_of(self, value: Any) -> Any:
        """The key of an object, or the key that is given instead of one.

        Raises:
            ValueError: an object of another model or from another database, or no key.
        """
        if not isinstance(value, Model):
            try:
                return self.key.to_python(value)
            except ValidationError as error:
                raise self._refused(
                    value, f"is neither a {self.target._meta.label} nor a key"
                ) from error
        if not isinstance(value, self.target._meta.concrete_model or self.target):
            raise self._refused(value, f"is not a {self.target._meta.label}")
        alias = where_last_used(value)
        if alias is not None and self._is_elsewhere(alias):
            raise self._refused(
                value, f"was read from {alias}, and the key is of {home_of(self.target)}"
            )
        return value.pk

    def _is_elsewhere(self, alias: str) -> bool:
        home = home_of(self.target)
        if home == PER_TENANT:
            return not facts(alias).get("TENANT")
        return primary_of(alias) != primary_of(home)

    def _refused(self, value: object, why: str) -> ValueError:
        return ValueError(f"{value!r} can't be {self.model._meta.label}.{self.name}: it {why}.")

    # The column.

    def get_attname(self) -> str:
        return f"{self.name}_id"

    def get_internal_type(self) -> Any:
        return self.key.get_internal_type()

    def db_type(self, connection: Any) -> Any:
        return self.key.db_type(connection)

    def db_parameters(self, connection: Any) -> Any:
        return self.key.db_parameters(connection)

    def cast_db_type(self, connection: Any) -> Any:
        return self.key.cast_db_type(connection)

    def get_db_converters(self, connection: Any) -> Any:
        return self.key.get_db_converters(connection)

    def to_python(self, value: Any) -> Any:
        return value.pk if isinstance(value, Model) else self.key.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Model):
            value = self._saved_key_of(value)
        return self.key.get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, Model):
            value = self._saved_key_of(value)
        return self.key.get_db_prep_value(value, connection, prepared)

    def get_default(self) -> Any:
        return self.to_python(super().get_default())

    def _saved_key_of(self, value: Model) -> Any:
        key = self.key_of(value)
        if key is None:
            raise self._refused(value, "is not saved, and has no key: save it first")
        return key

    # Objects, forms and checks.

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, KeyAttribute(self))
        setattr(cls, self.name, Referred(self))

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Takes the key of an object that was saved after it was assigned."""
        row = model_instance._state.fields_cache.get(self.name)
        if row is not None and getattr(model_instance, self.attname) is None:
            model_instance.__dict__[self.attname] = self._saved_key_of(row)
        return super().pre_save(model_instance, add)

    def validate(self, value: Any, model_instance: Model | None) -> None:
        super().validate(value, model_instance)
        if value is None:
            return
        rows = self.rows(model_instance).filter(pk=value)
        if not rows.complex_filter(self.get_limit_choices_to()).exists():
            names = {
                "model": self.target._meta.verbose_name,
                "pk": value,
                "field": self.target._meta.pk.name,
                "value": value,
            }
            raise ValidationError(self.error_messages["invalid"], code="invalid", params=names)

    def get_limit_choices_to(self) -> Any:
        limit = self.limit_choices_to
        return (limit() if callable(limit) else limit) or {}

    def formfield(self, **kwargs: Any) -> Any:
        rows = self.target._default_manager.all()
        limit = self.limit_choices_to
        choice = {
            "form_class": forms.ModelChoiceField,
            "queryset": rows,
            "limit_choices_to": limit or {},
        }
        return super().formfield(**{**choice, **kwargs, "blank": self.blank})

    def save_form_data(self, instance: Model, data: Any) -> None:
        setattr(instance, self.name, data)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """manydb.E011, E012 and W011: it does not lead to one row of another database."""
        try:
            target = self.target
        except LookupError:
            return [
                findings.Error(
                    f"{self._label()} refers to {self.label}, which is not installed.",
                    hint="Name a model of an app in INSTALLED_APPS.",
                    obj=self,
                    id="manydb.E011",
                )
            ]
        if isinstance(target._meta.pk, models.CompositePrimaryKey):
            return [self._no_single_key()]
        return [*super().check(**kwargs), *self._check_homes(home_of(target))]

    def _no_single_key(self) -> checks.CheckMessage:
        return findings.Error(
            f"{self._label()} refers to {self.label}, whose key is more than one column.",
            hint="Keep each part of the key in its own field.",
            obj=self,
            id="manydb.E011",
        )

    def _check_homes(self, home: str) -> Iterable[checks.CheckMessage]:
        if home == home_of(self.model):
            yield findings.Warning(
                f"{self._label()} refers to {self.label}, which lives in the same database.",
                hint="Use models.ForeignKey: the database holds it, and it can be joined.",
                obj=self,
                id="manydb.W011",
            )
        elif home == PER_TENANT:
            yield findings.Error(
                f"{self._label()} refers to {self.label}, which lives in each tenant's database: "
                "a key does not say in which.",
                hint="Make this a TenantModel too, or keep the tenant's name and the key in two fields and "
                "look the row up inside tenant_context(<name>).",
                obj=self,
                id="manydb.E012",
            )

    def _label(self) -> str:
        return f"{self.model._meta.label}.{self.name}"


def _like(key: Any) -> Any:
    """A field whose column holds the values of a primary key."""
    while key.remote_field:
        key = key.target_field
    for kind, instead in _COUNTED.items():
        if isinstance(key, kind):
            return instead()
    _name, _path, args, kwargs = key.deconstruct()
    kept = {name: value for name, value in kwargs.items() if name not in _OF_ITS_TABLE}
    return type(key)(*args, **kept)


class KeyAttribute(DeferredAttribute):
    """``invoice.created_by_id``."""

    field: DatabaseReference

    def __set__(self, instance: Model, value: Any) -> None:
        values = instance.__dict__
        if values.get(self.field.attname) != value:
            instance._state.fields_cache.pop(self.field.name, None)
        values[self.field.attname] = value


class Referred:
    """``invoice.created_by``."""

    def __init__(self, field: DatabaseReference) -> None:
        self.field = field

    def __get__(self, instance: Model | None, owner: type[Model] | None = None) -> Any:
        if instance is None:
            return self
        known = instance._state.fields_cache
        name = self.field.name
        if name not in known:
            key = getattr(instance, self.field.attname)
            if key is None:
                return None
            known[name] = self.field.rows(instance).filter(pk=key).first()
        return known[name]

    def __set__(self, instance: Model, value: Any) -> None:
        field = self.field
        instance.__dict__[field.attname] = None if value is None else field.key_of(value)
        known = instance._state.fields_cache
        if isinstance(value, Model):
            known[field.name] = value
        else:
            known.pop(field.name, None)

    # What prefetch_related() asks a descriptor for.

    def is_cached(self, instance: Model) -> bool:
        return self.field.name in instance._state.fields_cache

    def get_prefetch_querysets(
        self, instances: Sequence[Model], querysets: Sequence[QuerySet[Any]] | None = None
    ) -> tuple[QuerySet[Any], Callable[[Any], Any], Callable[[Any], Any], bool, str, bool]:
        """The rows of all of these objects, how to match the two, and where to keep what was found."""
        if querysets and len(querysets) != 1:
            raise ValueError("A DatabaseReference leads to rows of one model: give one queryset.")
        rows = querysets[0] if querysets else self.field.rows(instances[0])
        attname = self.field.attname
        keys = {getattr(each, attname) for each in instances} - {None}
        return (
            rows.filter(pk__in=keys),
            lambda row: row.pk,
            lambda instance: getattr(instance, attname),
            True,
            self.field.name,
            False,
        )


def keys_in(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """Values for ``update()`` of a model's rows, with keys for the objects that are meant for references."""
    return {
        name: _value_for(model, name, value) if isinstance(value, Model) else value
        for name, value in values.items()
    }


def _value_for(model: type[Model], name: str, value: Model) -> Any:
    field = model._meta.get_field(name)
    return field.get_prep_value(value) if isinstance(field, DatabaseReference) else value


@DatabaseReference.register_lookup
class AmongRows(In):
    """``created_by__in=User.objects.filter(…)``: the keys are read first, for no query spans two databases."""

    def get_prep_lookup(self) -> Any:
        query: Any = self.rhs
        model = query.model if isinstance(query, Query) else None
        if model is not None and home_of(model) != home_of(self.lhs.field.model):
            rows: Any = QuerySet(model, query.clone(), using=router.db_for_read(model))
            self.rhs = list(rows.values_list(*(query.values_select or ["pk"]), flat=True))
        return super().get_prep_lookup()
