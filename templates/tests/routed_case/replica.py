"""What the tests of this folder read and write: a shared model, for which the router finds the database."""

from django.test import TestCase

from ..models import Announcement, Quota


class RoutedCase(TestCase):
    databases = {"default"}

    primary, replica = "default", "default_RO"
    model = Announcement
    model_of_the_primary = Quota
