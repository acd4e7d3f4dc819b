from django.db import transaction
from huey.contrib.djhuey import task

from ..notes.models import Note


@task()
@transaction.atomic
def add(*given: object) -> list[str]:
    Note.objects.create(text="Added")
    return list(Note.objects.values_list("text", flat=True))


@task(retries=1)
def fail() -> None:
    Note.objects.create(text="Failed")
    raise ZeroDivisionError


@task()
def note_failure(error: Exception) -> None:
    Note.objects.create(text="Noted")
