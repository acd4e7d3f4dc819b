from django.db import models

from ..models import Model


class Order(Model):
    text = models.CharField(max_length=50)
    is_sent = models.BooleanField(default=False)
