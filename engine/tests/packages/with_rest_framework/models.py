from django.db import models

from ..models import Model


class Project(Model):
    name = models.CharField(max_length=50, unique=True)


class Label(Model):
    name = models.CharField(max_length=50)


class Job(Model):
    title = models.CharField(max_length=50)
    done = models.BooleanField(default=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    labels = models.ManyToManyField(Label, blank=True)
    created_by = models.IntegerField(null=True)
