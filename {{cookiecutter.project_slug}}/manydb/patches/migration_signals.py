"""A receiver of ``pre_migrate`` or ``post_migrate`` may fail in one database and not stop the migration of it.

Django sends both once for each app in each database, and a receiver that ignores ``using`` asks for rows which that
database does not have. ``send()`` stops at the first error and ``send_robust()`` hides all of them, so each receiver
is called here. No ticket known.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management import sql
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import Signal

from manydb.patches import Patch, takes, uses

Forgive = Callable[[Any, str, Exception], bool]  # the receiver, the alias, what it raised
LeaveOut = Callable[[Any, Any, str], bool]  # the receiver, the app, the alias


def forgive_receivers(kind: type[Exception], forgives: Forgive, leaves_out: LeaveOut) -> None:
    """Goes on with the next receiver where one raises such an error and ``forgives`` returns True.

    One that ``leaves_out`` returns True for is not called.
    """
    for signal in (pre_migrate, post_migrate):
        signal.send = _sending(signal, kind, forgives, leaves_out)  # type: ignore[method-assign]


def _sending(
    signal: Signal, kind: type[Exception], forgives: Forgive, leaves_out: LeaveOut
) -> Callable[..., Any]:
    def send(sender: Any, **named: Any) -> list[tuple[Any, Any]]:
        synchronous, asynchronous = signal._live_receivers(sender)
        answers = []
        for receiver in (*synchronous, *asynchronous):
            if leaves_out(receiver, sender, named.get("using", "")):
                continue
            call = receiver if receiver in synchronous else async_to_sync(receiver)
            try:
                answers.append((receiver, call(signal=signal, sender=sender, **named)))
            except kind as error:
                if not forgives(receiver, named.get("using", ""), error):
                    raise
        return answers

    return send


def _expects() -> None:
    takes(Signal.send, "self", "sender", "**named")
    uses(Signal.send, "_live_receivers")
    uses(sql.emit_pre_migrate_signal, "pre_migrate", "send")
    uses(sql.emit_post_migrate_signal, "post_migrate", "send")


PATCH = Patch("migration_signals", tried=("5.2", "6.1"), expects=_expects)
