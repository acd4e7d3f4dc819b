from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin

from .models import Bill

admin.site.register(Bill, SimpleHistoryAdmin)
