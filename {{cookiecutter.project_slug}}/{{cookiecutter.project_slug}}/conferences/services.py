"""What changes data, each with the transactions it needs.

``atomic()`` without ``using`` opens a transaction on ``default``, which holds none of these tables:
every transaction here names its database, and so does every ``on_commit()``.
"""

import datetime
import logging
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import Error, router, transaction
from django.db.models.functions import Coalesce

from ..accounts.models import Account
from .models import Conference, Registration
from .querysets import ConferenceQuerySet

logger = logging.getLogger(__name__)


def register(conference: Conference, email: str) -> Registration:
    """Gives somebody a place and counts them, both or neither; once however often it is called.

    Raises:
        Conference.DoesNotExist: its own system deleted it meanwhile; no foreign key would notice.
    """
    using = router.db_for_write(Registration, instance=conference)
    with transaction.atomic(using=using):
        # Of two at once, the unique constraint stops one, which then reads the other's.
        registration, created = Registration.objects.using(using).get_or_create(
            conference=conference, email=email.strip().lower()
        )
        if created:
            _count_more(conference, using, 1)
            done = partial(logger.info, "Registration %s in %s", registration.pk, using)
            transaction.on_commit(done, using=using)
    return registration


def register_many(conference: Conference, emails: Iterable[str]) -> int:
    """Registers a list of addresses in a few statements, and returns how many of them are new.

    Raises:
        Conference.DoesNotExist: its own system deleted it meanwhile.
    """
    using = router.db_for_write(Registration, instance=conference)
    wanted = {email.strip().lower() for email in emails}
    with transaction.atomic(using=using):
        # The row is locked until COMMIT: a second import waits here, and then finds these addresses.
        Conference.objects.using(using).select_for_update().get(pk=conference.pk)
        registrations = Registration.objects.using(using)
        known = registrations.filter(conference=conference, email__in=wanted)
        new = wanted - set(known.values_list("email", flat=True))
        rows = [Registration(conference=conference, email=email) for email in sorted(new)]
        registrations.bulk_create(rows, batch_size=500)
        if new:
            _count_more(conference, using, len(new))
    return len(new)


def _count_more(conference: Conference, using: str, number: int) -> None:
    # The server adds, so that no addition is lost; but to it, empty plus one is empty.
    more = Coalesce("attendance", Decimal()) + number
    changed = Conference.objects.using(using).filter(pk=conference.pk).update(attendance=more)
    if not changed:
        raise Conference.DoesNotExist(f"{conference.pk!r} is not in {using}.")


def postpone(conferences: ConferenceQuerySet, days: int) -> int:
    """Moves the conferences that have a date, each by its own values: one UPDATE for 500 of them."""
    found = list(conferences.exclude(date=None))
    for conference in found:
        conference.date += datetime.timedelta(days=days)
        conference.dateend = conference.dateend and conference.dateend + datetime.timedelta(days)
    if not found:
        return 0
    using = router.db_for_write(Conference, instance=found[0])
    return Conference.objects.using(using).bulk_update(found, ["date", "dateend"], batch_size=500)


def host_conference(
    account: Account, code: str, using: str | None = None, **fields: Any
) -> Conference:
    """Makes a conference in a tenant's database and, in ``accounts``, the default of its sponsor.

    No transaction spans two databases. With one inside the other, every error before the first
    COMMIT rolls back both. What is left is an error between the two COMMITs: then the conference,
    already kept, is deleted again. A process that dies right there leaves a conference that is
    nobody's default; where that is too much, write an outbox row beside the conference instead, and
    let a job that is safe to repeat bring it to ``accounts``.

    Args:
        account: an account that is in the database.
        code: the key of the new conference.
        using: the tenant's alias, if no tenant is active.
        fields: further fields of the conference.

    Raises:
        Account.DoesNotExist: the account was deleted meanwhile.
        django.db.IntegrityError: there is a conference of this code.
        RuntimeError: a transaction is already open on one of them, whose end is not seen here.
    """
    first = using or router.db_for_write(Conference)
    second = router.db_for_write(Account, instance=account)
    kept: list[Conference] = []
    try:
        with (
            transaction.atomic(using=second, durable=True),  # the outer one: COMMITs last
            transaction.atomic(using=first, durable=True),
        ):
            conference = Conference(code=code, sponsor=account.acronym, **fields)
            transaction.on_commit(partial(kept.append, conference), using=first)
            conference.save(using=first, force_insert=True)
            _set_default_conference(account, code, second)
            # Effects outside the databases wait for the last COMMIT.
            done = partial(logger.info, "%s hosts %s in %s", account.pk, code, first)
            transaction.on_commit(done, using=second)
    except Exception as error:
        if kept:
            _delete_unless_hosted(account, kept[0], second, error)
        raise
    return conference


def _set_default_conference(account: Account, code: str, using: str) -> None:
    changed = Account.objects.using(using).filter(pk=account.pk).update(defaultconf=code)
    if not changed:
        raise Account.DoesNotExist(f"{account.pk!r} is not in {using}.")


def _delete_unless_hosted(
    account: Account, conference: Conference, using: str, error: Exception
) -> None:
    """Undoes the first COMMIT, unless the second worked and only its answer was lost."""
    hosted = Account.objects.using(using).filter(pk=account.pk, defaultconf=conference.code)
    try:
        if not hosted.exists():
            conference.delete()
    except Error as reason:
        error.add_note(f"{conference.code} stays in {conference._state.db}: {reason}")
