from django.contrib import admin

from .models import Customer, Invoice, Line


class LineInline(admin.TabularInline):
    model = Line
    extra = 1


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    list_display = ["number", "customer", "created_by", "paid"]
    list_filter = ["paid", "created_by"]
    search_fields = ["number", "customer__name"]
    autocomplete_fields = ["customer"]
    inlines = [LineInline]
    actions = ["mark_paid"]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @admin.action(description="Mark as paid")
    def mark_paid(self, request, queryset):
        queryset.update(paid=True)


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    search_fields = ["name"]
