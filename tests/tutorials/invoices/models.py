from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Sum
from django.urls import reverse
from manydb.models import DatabaseReference, TenantModel, TenantQuerySet


class Customer(TenantModel):
    name = models.CharField(max_length=100, unique=True)
    email = models.EmailField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class InvoiceQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(paid=False)

    def with_total(self):
        return self.annotate(total=Sum(F("lines__quantity") * F("lines__price")))


class Invoice(TenantModel):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=20, unique=True)
    date = models.DateField(auto_now_add=True)
    paid = models.BooleanField(default=False)
    created_by = DatabaseReference(settings.AUTH_USER_MODEL, null=True, blank=True, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("invoices:detail", args=[self.pk])


class Line(TenantModel):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    text = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )

    def __str__(self):
        return self.text
