"""In which order tables are filled: what a foreign key points at comes first."""

from collections.abc import Iterable, Iterator

from django.db.models import Model


def in_order(models: Iterable[type[Model]]) -> Iterator[list[type[Model]]]:
    """Groups of models. A group of several, or one that points at itself, is a circle and is filled at once."""
    waiting = {model: targets_of(model) for model in models}
    for model, targets in waiting.items():
        waiting[model] = targets & waiting.keys() - {model}
    while waiting:
        ready = [model for model, targets in waiting.items() if not targets & waiting.keys()]
        for model in ready:
            del waiting[model]
            yield [model]
        if not ready:
            circle = _circle(waiting)
            for model in circle:
                del waiting[model]
            yield circle


def targets_of(model: type[Model]) -> set[type[Model]]:
    """What its foreign keys point at."""
    return {
        field.related_model
        for field in model._meta.local_concrete_fields
        if field.is_relation and isinstance(field.related_model, type)
    }


def is_circle(group: list[type[Model]]) -> bool:
    return len(group) > 1 or group[0] in targets_of(group[0])


def _circle(waiting: dict[type[Model], set[type[Model]]]) -> list[type[Model]]:
    """Models that point at each other, and at no others that are waiting."""

    def reached(model: type[Model]) -> set[type[Model]]:
        found: set[type[Model]] = set()
        ahead = [model]
        while ahead:
            for target in waiting[ahead.pop()] & waiting.keys() - found:
                found.add(target)
                ahead.append(target)
        return found

    smallest = min((reached(model) for model in waiting), key=len)
    return [model for model in waiting if model in smallest]
