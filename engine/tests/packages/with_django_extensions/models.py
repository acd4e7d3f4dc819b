from django.db import models
from django_extensions.db.fields import AutoSlugField
from django_extensions.db.models import TimeStampedModel, TitleDescriptionModel

from ..models import Model


class Page(TimeStampedModel, TitleDescriptionModel, Model):
    slug = AutoSlugField(populate_from="title")
    is_open = models.BooleanField(default=True)
