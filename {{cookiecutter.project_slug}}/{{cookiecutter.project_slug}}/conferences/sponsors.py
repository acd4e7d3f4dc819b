"""The one relation that crosses databases: a conference's sponsor is the acronym of an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..accounts.models import Account

if TYPE_CHECKING:
    from .models import Conference


def accounts_of(conferences: Iterable[Conference]) -> dict[str, Account]:
    """The sponsors of these conferences by acronym, in one query to ``accounts``.

    No join and no subquery reaches another database, so the acronyms travel through Python: keep to
    a page of conferences at a time. Acronyms without an account are missing from the result.
    """
    acronyms = {conference.sponsor for conference in conferences if conference.sponsor}
    return Account.objects.in_bulk(acronyms) if acronyms else {}
