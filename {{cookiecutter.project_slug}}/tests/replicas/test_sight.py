"""What the ``databases`` command and the start page show of replicas."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from {{ cookiecutter.project_slug }}.databases.replicas.middleware import ReadYourWrites
from {{ cookiecutter.project_slug }}.databases.replicas.reads import choices
from {{ cookiecutter.project_slug }}.databases.status import status_of

from .case import RoutedCase


class Sight(RoutedCase):
    def test_the_state_of_a_replica_and_the_share_of_requests_that_read_it(self) -> None:
        choices.clear()

        def view(request: HttpRequest) -> HttpResponse:
            self.model.objects.exists()
            return HttpResponse()

        ReadYourWrites(view)(RequestFactory().get("/"))
        primary, replica = status_of([self.primary, self.replica])
        self.assertEqual((replica.state, replica.share), ("ok", 1.0))
        self.assertEqual((primary.state, primary.share), ("", 0.0))
