"""Questions about conferences that stay inside one database."""

import datetime

from django.db.models import Count, F, Q
from django.utils import timezone
from manydb.models import TenantQuerySet


class ConferenceQuerySet(TenantQuerySet):
    """Dates are compared with ``localdate()``, today in the site's time zone, not with a moment."""

    def current(self, day: datetime.date | None = None) -> "ConferenceQuerySet":
        """Conferences that take place on a day, today if none is given."""
        day = day or timezone.localdate()
        return self.filter(
            Q(dateend__gte=day) | Q(dateend=None, date=day), active=True, date__lte=day
        )

    def upcoming(self, day: datetime.date | None = None) -> "ConferenceQuerySet":
        """Conferences that begin after a day, soonest first."""
        return self.filter(active=True, date__gt=day or timezone.localdate()).order_by("date", "pk")

    def current_or_upcoming(self, day: datetime.date | None = None) -> "ConferenceQuerySet":
        """Conferences that have not ended on a day, soonest first."""
        day = day or timezone.localdate()
        return self.filter(Q(date__gte=day) | Q(dateend__gte=day), active=True).order_by(
            "date", "pk"
        )

    def longer_than(self, days: int) -> "ConferenceQuerySet":
        """Conferences whose last day comes more than ``days`` days after the first."""
        return self.filter(dateend__gt=F("date") + datetime.timedelta(days=days))

    def with_registration_count(self) -> "ConferenceQuerySet":
        """Adds ``registration_count``, in the same query.

        A second count over another relation would multiply both: give that one ``distinct=True``.
        """
        return self.annotate(registration_count=Count("registrations"))
