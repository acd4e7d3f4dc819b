"""The models of the cases, of the base that each kind of project gives them."""

import os

from django.db import models

KIND = os.environ["KIND"]
if KIND == "tenant":
    from manydb.models import TenantModel as Base
elif KIND == "isolated":
    from django_isolated_tenants import TenantModel as Base
else:
    Base = models.Model


class Note(Base):
    text = models.CharField(max_length=100)


class Parent(Base):
    name = models.CharField(max_length=100)


class Child(Base):
    parent = models.ForeignKey(Parent, models.CASCADE, related_name="children")
    name = models.CharField(max_length=100)


class Bulk(Base):
    n = models.IntegerField()
    text = models.CharField(max_length=100)
