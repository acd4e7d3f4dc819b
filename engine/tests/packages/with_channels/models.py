from django.db import models

from ..models import Model


class Message(Model):
    text = models.CharField(max_length=50)
