"""Questions about conferences that take more than one query, and never one query per conference."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Prefetch, Sum

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
    """Adds ``recent_registrations``, those since a moment, latest first: two queries in all.

    ``only()`` names the key that the prefetch needs, or each row would be read a second time.
    """
    recent = Registration.objects.filter(created_at__gte=since).order_by("-created_at")
    recent = recent.only("email", "created_at", "conference")
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
    # The text of an abstract is long, and no list shows it.
    programme = accepted.defer("body").prefetch_related(Prefetch("authors", queryset=authors))
    return conferences.prefetch_related(
        Prefetch("abstracts", queryset=programme, to_attr="programme")
    )


def totals(conferences: ConferenceQuerySet) -> dict[str, Any]:
    """``conferences`` and ``attendance`` in all, added by the server: one row comes back."""
    return conferences.aggregate(conferences=Count("pk"), attendance=Sum("attendance"))


def registered_emails(conference: Conference) -> Iterator[str]:
    """The addresses, for an export. They come in chunks, so that memory does not grow with their number."""
    emails = conference.registrations.order_by("email").values_list("email", flat=True)
    return emails.iterator(chunk_size=2000)
