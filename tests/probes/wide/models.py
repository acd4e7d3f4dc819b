from django.db import models
from manydb.core.models import TenantModel


class Topic(TenantModel):
    title = models.CharField(max_length=200, db_index=True)


class Note(TenantModel):
    topic = models.ForeignKey(Topic, models.CASCADE, null=True)
    others = models.ManyToManyField(Topic, related_name="noted")
    body = models.TextField(default="")
    rank = models.DecimalField(max_digits=9, decimal_places=2)
    slug = models.SlugField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["rank", "slug"], name="wide_rank_slug")]
        constraints = [
            models.CheckConstraint(condition=models.Q(rank__gte=0), name="wide_rank_positive")
        ]


class Mark(TenantModel):
    text = models.CharField(max_length=50)
