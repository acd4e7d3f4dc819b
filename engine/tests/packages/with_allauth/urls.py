from django.urls import include, path

from engine.site.urls import urlpatterns as of_the_site

urlpatterns = [path("accounts/", include("allauth.urls")), *of_the_site]
