from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views import generic
from django.views.decorators.http import require_POST
from manydb.tenants import tenant_atomic

from .forms import InvoiceForm, LineFormSet
from .models import Customer, Invoice


class InvoiceList(LoginRequiredMixin, generic.ListView):
    paginate_by = 10

    def get_queryset(self):
        return Invoice.objects.with_total().select_related("customer").order_by("number")


class InvoiceDetail(LoginRequiredMixin, generic.DetailView):
    queryset = Invoice.objects.with_total()


class InvoiceCreate(LoginRequiredMixin, generic.CreateView):
    model = Invoice
    form_class = InvoiceForm

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context.setdefault("lines", LineFormSet(self.request.POST or None))
        return context

    def form_valid(self, form):
        form.instance.created_by = self.request.user
        lines = LineFormSet(self.request.POST, instance=form.instance)
        if not lines.is_valid():
            return self.render_to_response(self.get_context_data(form=form, lines=lines))
        with tenant_atomic():
            self.object = form.save()
            lines.save()
        messages.success(self.request, f"{self.object} was made.")
        return redirect(self.object)


class InvoiceUpdate(LoginRequiredMixin, generic.UpdateView):
    model = Invoice
    form_class = InvoiceForm


class InvoiceDelete(LoginRequiredMixin, generic.DeleteView):
    model = Invoice
    success_url = reverse_lazy("invoices:list")


class CustomerCreate(LoginRequiredMixin, generic.CreateView):
    model = Customer
    fields = ["name", "email"]
    success_url = reverse_lazy("invoices:list")


@login_required
@require_POST
def pay(request, pk):
    with tenant_atomic():
        invoice = get_object_or_404(Invoice.objects.select_for_update(), pk=pk)
        if not invoice.paid:
            invoice.paid = True
            invoice.save(update_fields=["paid"])
    return redirect(invoice)


@login_required
def summary(request):
    rows = Customer.objects.filter(invoices__paid=False).distinct()
    return JsonResponse(
        {
            "customers": {
                customer.name: customer.invoices.open().count() for customer in rows.iterator()
            },
            "mine": list(
                Invoice.objects.filter(created_by=request.user).values_list("number", flat=True)
            ),
        }
    )
