import waffle
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from waffle.decorators import waffle_flag

from engine.site.urls import urlpatterns as of_the_site


def active(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "flag": waffle.flag_is_active(request, "beta"),
            "switch": waffle.switch_is_active("sale"),
            "sample": waffle.sample_is_active("all"),
        }
    )


@waffle_flag("beta")
def guarded(request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


urlpatterns = [
    path("active/", active),
    path("guarded/", guarded),
    path("", include("waffle.urls")),
    *of_the_site,
]
