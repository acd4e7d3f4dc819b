from constance import config
from django.http import HttpRequest, JsonResponse
from django.urls import path

from engine.site.urls import urlpatterns as of_the_site


def values(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"banner": config.BANNER, "limit": config.LIMIT})


urlpatterns = [path("values/", values), *of_the_site]
