"""Attacks by objects, querysets and relations that were kept."""

import copy
import pickle
from typing import Any

from django.core import serializers
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.forms import inlineformset_factory, modelform_factory
from django.template import engines
from django.utils.functional import SimpleLazyObject

from engine.site.notes.models import Balance, Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS
from manydb.core.exceptions import WrongTenant

from . import KEY, SECRET, Attack, Use, attacks

OUR_ALIAS = "TESTCLIENT"


def our_note() -> Note:
    return Note.objects.get(pk=KEY)


def their_notes() -> Any:
    return Note.objects.filter(text=SECRET)


def their_note() -> Note:
    return Note.objects.select_related("folder").get(pk=KEY)


QUERYSET: dict[str, Use] = {
    "list": list,
    "len": len,
    "bool": bool,
    "in": lambda rows: Note(pk=KEY) in rows,
    "an item": lambda rows: rows.order_by("pk")[0],
    "a slice": lambda rows: list(rows.order_by("pk")[:2]),
    "get": lambda rows: rows.get(),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "earliest": lambda rows: rows.earliest("pk"),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "aggregate": lambda rows: rows.aggregate(n=Max("text")),
    "in_bulk": lambda rows: rows.in_bulk([KEY]),
    "values": lambda rows: list(rows.values("text")),
    "values_list": lambda rows: list(rows.values_list("text", flat=True)),
    "distinct": lambda rows: list(rows.values_list("text").distinct()),
    "only": lambda rows: rows.only("pk").get().text,
    "iterator": lambda rows: list(rows.iterator()),
    "iterator by chunks": lambda rows: list(rows.iterator(chunk_size=1)),
    "explain": lambda rows: rows.explain(),
    "select_for_update": lambda rows: list(rows.select_for_update()),
    "prefetch": lambda rows: list(rows.prefetch_related("tags")),
    "update": lambda rows: rows.update(text="Changed"),
    "delete": lambda rows: rows.delete(),
    "create": lambda rows: rows.create(text=OUR_ALIAS),
    "get_or_create": lambda rows: rows.get_or_create(text=OUR_ALIAS),
    "update_or_create": lambda rows: rows.update_or_create(pk=KEY, defaults={"text": "Changed"}),
    "bulk_create": lambda rows: rows.bulk_create([Note(text="Made")]),
    "contains": lambda rows: rows.contains(our_note()),
    "in our database": lambda rows: list(rows.using(OUR_ALIAS)),
    "update in our database": lambda rows: rows.using(OUR_ALIAS).update(text="Changed"),
    "made more of": lambda rows: list(rows.exclude(pk=0).order_by("-pk")),
    "copied": lambda rows: list(copy.deepcopy(rows)),
    "pickled": lambda rows: pickle.dumps(rows.all()),
    "in a template": lambda rows: (
        engines["django"].from_string("{% for row in rows %}{{ row }}{% endfor %}")
    ).render({"rows": rows}),
    "serialized": lambda rows: serializers.serialize("json", rows),
}


async def _first(rows: Any) -> Any:
    return await rows.afirst()


async def _acount(rows: Any) -> Any:
    return await rows.acount()


async def _aget(rows: Any) -> Any:
    return await rows.aget()


async def _aupdate(rows: Any) -> Any:
    return await rows.aupdate(text="Changed")


async def _adelete(rows: Any) -> Any:
    return await rows.adelete()


async def _for_each(rows: Any) -> list[Any]:
    return [row async for row in rows]


async def _aiterator(rows: Any) -> list[Any]:
    return [row async for row in rows.aiterator()]


QUERYSET_ASYNC: dict[str, Use] = {
    "afirst": _first,
    "acount": _acount,
    "aget": _aget,
    "aupdate": _aupdate,
    "adelete": _adelete,
    "async for": _for_each,
    "aiterator": _aiterator,
}

PART_OF_OURS: dict[str, Use] = {
    "|": lambda theirs: list(Note.objects.filter(text=OUR_ALIAS) | theirs),
    "&": lambda theirs: list(Note.objects.all() & theirs),
    "^": lambda theirs: list(theirs ^ Note.objects.filter(text=OUR_ALIAS)),
    "union": lambda theirs: list(Note.objects.all().union(theirs)),
    "intersection": lambda theirs: list(theirs.intersection(Note.objects.all())),
    "difference": lambda theirs: list(Note.objects.all().difference(theirs)),
    "in": lambda theirs: list(Note.objects.filter(pk__in=theirs)),
    "in of values": lambda theirs: list(Note.objects.exclude(pk__in=theirs.values("pk"))),
    "Q": lambda theirs: list(Note.objects.filter(Q(pk__in=theirs) | Q(text=""))),
    "Exists": lambda theirs: list(Note.objects.filter(Exists(theirs))),
    "OuterRef": lambda theirs: list(Note.objects.filter(Exists(theirs.filter(pk=OuterRef("pk"))))),
    "Subquery": lambda theirs: list(Note.objects.annotate(x=Subquery(theirs.values("text")[:1]))),
    "update": lambda theirs: Note.objects.update(text=Subquery(theirs.values("text")[:1])),
    "order_by": lambda theirs: list(Note.objects.order_by(Subquery(theirs.values("text")[:1]))),
    "a prefetch": lambda theirs: prefetch_related_objects(
        [Folder.objects.get(pk=KEY)], Prefetch("notes", theirs)
    ),
    "a value that is saved": lambda theirs: Note(
        pk=KEY, text=Subquery(theirs.values("text")[:1])
    ).save(force_update=True),
    "bulk_create": lambda theirs: Note.objects.bulk_create(
        [Note(text=Subquery(theirs.values("text")[:1]))]
    ),
}


def _form_of(note: Note) -> object:
    form = modelform_factory(Note, fields=["text", "folder"])({"text": "Changed"}, instance=note)
    form.is_valid()
    return form.save()


OBJECT: dict[str, Use] = {
    "save": lambda note: note.save(),
    "save in our database": lambda note: note.save(using=OUR_ALIAS),
    "save as new": lambda note: note.save(using=OUR_ALIAS, force_insert=True),
    "save without the model's own": lambda note: note.save_base(using=OUR_ALIAS, raw=True),
    "save a copy": lambda note: copy.copy(note).save(),
    "save what was pickled": lambda note: pickle.loads(pickle.dumps(note)).save(),
    "save some fields": lambda note: note.save(update_fields=["text"]),
    "delete": lambda note: note.delete(),
    "delete in our database": lambda note: note.delete(using=OUR_ALIAS),
    "refresh": lambda note: note.refresh_from_db(),
    "refresh from our database": lambda note: note.refresh_from_db(using=OUR_ALIAS),
    "validate": lambda note: note.full_clean(),
    "validate what is unique": lambda note: note.validate_unique(),
    "many to many": lambda note: list(note.tags.all()),
    "add to it": lambda note: note.tags.add(Tag.objects.get(pk=KEY)),
    "clear it": lambda note: note.tags.clear(),
    "set it": lambda note: note.tags.set([KEY]),
    "create in it": lambda note: note.tags.create(name="Made"),
    "reverse of its key": lambda note: list(note.folder.notes.all()),
    "add to its reverse": lambda note: note.folder.notes.add(our_note()),
    "prefetch": lambda note: prefetch_related_objects([note], "tags"),
    "bulk_create": lambda note: Note.objects.bulk_create([note]),
    "bulk_create and ignore conflicts": lambda note: Note.objects.bulk_create(
        [note], ignore_conflicts=True
    ),
    "bulk_update": lambda note: Note.objects.bulk_update([note], ["text"]),
    "contains": lambda note: Note.objects.contains(note),
    "serialized": lambda note: serializers.serialize("json", [note]),
    "a form": _form_of,
    "a formset": lambda note: str(
        inlineformset_factory(Folder, Note, fields=["text"])(instance=note.folder)
    ),
    # Put into ours, or looked for among ours.
    "make with its folder": lambda note: Note.objects.create(folder=note.folder),
    "make with a lazy one": lambda note: Note.objects.create(
        folder=SimpleLazyObject(lambda: note.folder)
    ),
    "assign its folder": lambda note: setattr(our_note(), "folder", note.folder),
    "assign it as a key": lambda note: Note(pk=KEY, folder_id=note.folder).save(force_update=True),
    "update with it": lambda note: Note.objects.update(folder=note.folder),
    "add it": lambda note: Folder.objects.get(pk=KEY).notes.add(note),
    "remove it": lambda note: Folder.objects.get(pk=KEY).notes.remove(note),
    "set to it": lambda note: Folder.objects.get(pk=KEY).notes.set([note]),
    "a row between": lambda note: Note.tags.through.objects.create(note=note, tag_id=KEY),
    "filter": lambda note: Note.objects.filter(folder=note.folder).exists(),
    "filter by several": lambda note: Note.objects.filter(folder__in=[note.folder]).exists(),
    "filter by key": lambda note: Note.objects.filter(folder_id=note.folder).exists(),
    "filter in reverse": lambda note: Folder.objects.filter(notes=note).exists(),
    "filter by its tags": lambda note: Note.objects.filter(tags__in=note.tags.all()).exists(),
    "exclude": lambda note: Note.objects.exclude(folder=note.folder).exists(),
    "get_or_create": lambda note: Note.objects.get_or_create(folder=note.folder),
    "Case": lambda note: Note.objects.annotate(n=Case(When(folder=note.folder, then=1))).first(),
    "aggregate": lambda note: Note.objects.aggregate(n=Count("pk", filter=Q(folder=note.folder))),
    "update by Case": lambda note: Note.objects.update(
        text=Case(When(folder=note.folder, then=1), default=F("pk"))
    ),
    "FilteredRelation": lambda note: list(
        Folder.objects.annotate(
            n=FilteredRelation("notes", condition=Q(notes__folder=note.folder))
        ).values_list("n")
    ),
}


async def _asave(note: Note) -> None:
    await note.asave()


async def _adelete_object(note: Note) -> None:
    await note.adelete()


async def _arefresh(note: Note) -> None:
    await note.arefresh_from_db()


OBJECT_ASYNC: dict[str, Use] = {
    "asave": _asave,
    "adelete": _adelete_object,
    "arefresh_from_db": _arefresh,
}

OTHER_OBJECTS: list[Attack] = [
    Attack("made for them: save", lambda: Note(text=SECRET), lambda note: note.save()),
    Attack("made of values: save", lambda: Note(None, SECRET), lambda note: note.save()),
    Attack(
        "made for them: bulk_create",
        lambda: [Note(text=SECRET)],
        lambda notes: Note.objects.bulk_create(notes),
    ),
    Attack(
        "made for them: Django's own manager",
        lambda: [Note(text=SECRET)],
        lambda notes: Note._base_manager.bulk_create(notes),
    ),
    Attack(
        "made for them: a row between",
        lambda: Note.tags.through(note_id=KEY, tag_id=KEY),
        lambda row: row.save(),
    ),
    Attack(
        "made for them: added to ours",
        lambda: Note(text=SECRET),
        lambda note: Folder.objects.get(pk=KEY).notes.add(note, bulk=False),
    ),
    Attack(
        "deserialized: save",
        lambda: next(
            serializers.deserialize("python", [{"model": "notes.note", "fields": {"text": SECRET}}])
        ),
        lambda found: found.save(),
    ),
    Attack(
        "deserialized: save in our database",
        lambda: next(
            serializers.deserialize("python", [{"model": "notes.note", "fields": {"text": SECRET}}])
        ),
        lambda found: found.save(using=OUR_ALIAS),
    ),
    Attack(
        "deferred: its field",
        lambda: Note.objects.defer("text").get(pk=KEY),
        lambda note: note.text,
    ),
    Attack(
        "unfetched: its folder", lambda: Note.objects.get(pk=KEY), lambda note: note.folder.name
    ),
    Attack(
        "unfetched: a prefetch beside ours",
        lambda: Note.objects.get(pk=KEY),
        lambda note: prefetch_related_objects([our_note(), note], "folder"),
    ),
    Attack(
        "what nothing points to: delete",
        lambda: Balance.objects.get(pk=KEY),
        lambda row: row.delete(using=OUR_ALIAS),
    ),
    Attack(
        "of a replica: save",
        lambda: Note.objects.using(f"{OTHER_ALIAS}_RO").get(pk=KEY),
        lambda note: note.save(),
    ),
    Attack(
        "a related manager: all", lambda: their_note().tags, lambda manager: list(manager.all())
    ),
    Attack(
        "a related manager: create",
        lambda: their_note().tags,
        lambda manager: manager.create(name="Made"),
    ),
    Attack(
        "a related manager: within ours",
        lambda: their_note().tags.all(),
        lambda tags: list(Note.objects.filter(tags__in=tags)),
    ),
    Attack(
        "a pickled query",
        lambda: pickle.dumps(their_notes().query),
        lambda pickled: _evaluated(pickle.loads(pickled)),
    ),
    Attack(
        "by Django's own manager",
        lambda: Note._base_manager.filter(text=SECRET),
        lambda rows: list(rows),
    ),
    Attack(
        "by Django's own manager: within ours",
        lambda: Note._base_manager.filter(text=SECRET),
        lambda rows: list(Note.objects.filter(Exists(rows))),
    ),
    Attack("rows between: list", lambda: Note.tags.through.objects.all(), list),
    Attack("a manager of their database", lambda: None, lambda _: _of(OTHER_ALIAS).first()),
    Attack("a manager of their replica", lambda: None, lambda _: _of(f"{OTHER_ALIAS}_RO").first()),
    Attack(
        "their database by name: create",
        lambda: None,
        lambda _: Note.objects.using(OTHER_ALIAS).create(text="Made"),
    ),
    Attack(
        "their database by name: update",
        lambda: None,
        lambda _: Note.objects.using(OTHER_ALIAS).update(text="Changed"),
    ),
    Attack(
        "their database by name: delete",
        lambda: None,
        lambda _: Note.objects.using(OTHER_ALIAS).all().delete(),
    ),
    Attack(
        "their database by name: save",
        lambda: None,
        lambda _: Note(text="Made").save(using=OTHER_ALIAS),
    ),
    Attack(
        "their database by name: in ours",
        lambda: None,
        lambda _: list(Note.objects.filter(pk__in=Note.objects.using(OTHER_ALIAS))),
        (WrongTenant, ValueError),
    ),
]


def _of(alias: str) -> Any:
    return Note.objects.db_manager(alias)


def _evaluated(query: Any) -> list[Any]:
    rows = Note.objects.all()
    rows.query = query
    return list(rows)


TABLE: list[Attack] = [
    *attacks("queryset", their_notes, QUERYSET),
    *attacks("queryset", their_notes, QUERYSET_ASYNC),
    *attacks("their queryset in ours", their_notes, PART_OF_OURS),
    *attacks("object", their_note, OBJECT),
    *attacks("object", their_note, OBJECT_ASYNC),
    *OTHER_OBJECTS,
]
