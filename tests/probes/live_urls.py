from django.urls import include, path
from live import PROJECT, read, write, write_then_read

urlpatterns = [
    path("", include(f"{PROJECT}.urls")),
    path("write-then-read/", write_then_read),
    path("write/", write),
    path("read/<int:pk>/", read),
]
