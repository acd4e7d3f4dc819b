from django import forms

from .models import Invoice, Line


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["customer", "number"]


LineFormSet = forms.inlineformset_factory(Invoice, Line, fields=["text", "quantity", "price"], extra=2)
