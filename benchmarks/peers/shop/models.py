from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

TABLES = 12
Base = import_string(settings.SHOP_BASE)  # the peer's models are plain, ours say whose they are


def fields(number: int) -> dict[str, models.Field]:
    """A table's columns; each table but the first points to the one before."""
    columns = {
        "name": models.CharField(max_length=200, db_index=True),
        "price": models.DecimalField(max_digits=12, decimal_places=2, default=0),
        "made": models.DateTimeField(auto_now_add=True),
        "note": models.TextField(blank=True, default=""),
    }
    if number:
        columns["parent"] = models.ForeignKey(f"shop.Thing{number - 1}", models.CASCADE)
    return columns


for number in range(TABLES):
    type(f"Thing{number}", (Base,), {"__module__": __name__, **fields(number)})
