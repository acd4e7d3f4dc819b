from django.urls import include, path
from live import (
    PROJECT,
    change,
    claim,
    read,
    read_in_async,
    who_logs_in,
    write,
    write_by,
    write_in_async,
    write_then_read,
)

urlpatterns = [
    path("", include(f"{PROJECT}.urls")),
    path("write-then-read/", write_then_read),
    path("write/", write),
    path("write/<str:form>/", write_by),
    path("who-logs-in/", who_logs_in),
    path("read/<int:pk>/", read),
    path("change/<int:pk>/", change),
    path("claim/<str:text>/", claim),
    path("async/write/", write_in_async),
    path("async/read/<int:pk>/", read_in_async),
]
