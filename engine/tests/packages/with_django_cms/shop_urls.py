"""What the apphook puts below a page."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse


def listing(request: HttpRequest) -> HttpResponse:
    page = request.current_page  # type: ignore[attr-defined]
    return HttpResponse(f"{page.get_title()} at {reverse('shop:listing')}")


urlpatterns = [path("listing/", listing, name="listing")]
