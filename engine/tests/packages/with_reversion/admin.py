from django.contrib import admin
from reversion.admin import VersionAdmin

from .models import Bill

admin.site.register(Bill, VersionAdmin)
