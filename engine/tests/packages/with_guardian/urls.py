from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from guardian.decorators import permission_required_or_403

from engine.site.urls import urlpatterns as of_the_site

from .models import Bill


@permission_required_or_403("view_bill", (Bill, "pk", "pk"))
def bill(request: HttpRequest, pk: int) -> Any:
    return HttpResponse(get_object_or_404(Bill, pk=pk).text)


urlpatterns = [path("bill/<int:pk>/", bill), *of_the_site]
