"""The viewsets of the tutorial: serializers with relations, filters, search, pages, a throttle, tokens."""

from typing import Any

import django_filters
from django.urls import include, path
from rest_framework import routers, serializers, throttling, viewsets
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.decorators import api_view, throttle_classes
from rest_framework.response import Response

from .models import Job, Label, Project


class LabelSerializer(serializers.ModelSerializer):
    class Meta:
        model = Label
        fields = ["id", "name"]


class ProjectSerializer(serializers.HyperlinkedModelSerializer):
    jobs = serializers.SlugRelatedField(
        slug_field="title", queryset=Job.objects, many=True, required=False
    )

    class Meta:
        model = Project
        fields = ["url", "id", "name", "jobs"]


class JobSerializer(serializers.ModelSerializer):
    label_names = LabelSerializer(source="labels", many=True, read_only=True)

    class Meta:
        model = Job
        fields = ["id", "title", "done", "project", "labels", "label_names", "created_by"]
        read_only_fields = ["created_by"]


class JobFilter(django_filters.FilterSet):
    project_name = django_filters.CharFilter(field_name="project__name", lookup_expr="icontains")
    project = django_filters.ModelChoiceFilter(queryset=lambda request: Project.objects.all())

    class Meta:
        model = Job
        fields = ["done", "project", "project_name"]


class Labels(viewsets.ModelViewSet):
    queryset = Label.objects.all()
    serializer_class = LabelSerializer


class Projects(viewsets.ModelViewSet):
    queryset = Project.objects.all().order_by("pk")
    serializer_class = ProjectSerializer


class Jobs(viewsets.ModelViewSet):
    queryset = Job.objects.select_related("project").prefetch_related("labels").order_by("pk")
    serializer_class = JobSerializer
    filterset_class = JobFilter
    search_fields = ["title"]
    ordering_fields = ["title"]

    def perform_create(self, serializer: Any) -> None:
        serializer.save(created_by=self.request.user.pk)


class Few(throttling.UserRateThrottle):
    scope = "few"


@api_view(["GET"])
@throttle_classes([Few])
def limited(request: Any) -> Response:
    return Response({"tenant": getattr(request, "tenant", None)})


router = routers.DefaultRouter()
router.register("labels", Labels)
router.register("projects", Projects)
router.register("jobs", Jobs)
urlpatterns = [
    path("api/", include(router.urls)),
    path("limited/", limited),
    path("token/", obtain_auth_token),
]
