from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from .models import Order
from .tasks import send


def order(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(using=Order.objects.create(text="probe")._state.db):
        made = Order.objects.create(text=request.POST["text"])
        send.delay_on_commit(made.pk)
        if "fail" in request.POST:
            transaction.set_rollback(True, using=made._state.db)
    return HttpResponse(str(made.pk))


urlpatterns = [path("order/", order)]
