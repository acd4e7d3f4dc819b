"""Questions about conferences that take more than one query, and never one query per conference."""

import datetime
from collections.abc import Iterable

from django.db.models import Prefetch

from ..accounts.models import Account
from .models import Abstract, AbstractAuthor, Conference, Registration
from .querysets import ConferenceQuerySet


def with_sponsors(conferences: Iterable[Conference]) -> list[Conference]:
    """These conferences, whose ``get_sponsor()`` needs no query any more: one to each database.

    No join and no subquery reaches another database, so the acronyms travel through Python: keep to
    a page of conferences at a time.
    """
    found = list(conferences)
    accounts = Account.objects.in_bulk({each.sponsor for each in found if each.sponsor})
    for conference in found:
        conference.remember_sponsor(accounts.get(conference.sponsor or ""))
    return found


def with_recent_registrations(
    conferences: ConferenceQuerySet, since: datetime.datetime
) -> ConferenceQuerySet:
    """Adds ``recent_registrations``, those since a moment, latest first: two queries in all."""
    recent = Registration.objects.filter(created_at__gte=since).order_by("-created_at")
    return conferences.prefetch_related(
        Prefetch("registrations", queryset=recent, to_attr="recent_registrations")
    )


def with_programme(conferences: ConferenceQuerySet) -> ConferenceQuerySet:
    """Adds ``programme``, the accepted abstracts with ``authors`` and each author's person.

    Three queries in all: a foreign key inside the database is joined (``select_related``), the
    relations that give many rows are one query each.
    """
    authors = AbstractAuthor.objects.select_related("person").order_by("position")
    accepted = Abstract.objects.filter(status=Abstract.Status.ACCEPTED).order_by("title")
    programme = accepted.prefetch_related(Prefetch("authors", queryset=authors))
    return conferences.prefetch_related(
        Prefetch("abstracts", queryset=programme, to_attr="programme")
    )
