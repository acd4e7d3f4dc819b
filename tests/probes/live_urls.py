from django.urls import include, path
from live import PROJECT, write_then_read

urlpatterns = [
    path("", include(f"{PROJECT}.urls")),
    path("write-then-read/", write_then_read),
]
