from django.contrib import admin
from treebeard.admin import TreeAdmin
from treebeard.forms import movenodeform_factory

from .models import Path


@admin.register(Path)
class PathAdmin(TreeAdmin):
    form = movenodeform_factory(Path)
