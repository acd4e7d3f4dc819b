from django.contrib.auth import get_user_model
from rest_framework.test import APITestCase

from .models import Snippet


class SnippetTests(APITestCase):
    def setUp(self):
        self.ada = get_user_model().objects.create_user("ada", password="secret")
        self.eve = get_user_model().objects.create_user("eve", password="secret")

    def test_a_snippet_is_made_read_changed_and_deleted(self):
        self.client.force_authenticate(self.ada)
        made = self.client.post("/api/snippets/", {"code": "print(123)", "title": "One"})
        self.assertEqual((made.status_code, made.data["owner"]), (201, "ada"))
        address = made.data["url"]
        listed = self.client.get("/api/snippets/").data["results"]
        self.assertEqual([row["title"] for row in listed], ["One"])
        self.assertEqual(self.client.get("/api/users/").data["results"][1]["snippets"], [address])
        self.assertContains(self.client.get(made.data["highlight"]), "123")
        self.assertEqual(self.client.patch(address, {"title": "Two"}).data["title"], "Two")
        self.client.force_authenticate(self.eve)
        self.assertEqual(self.client.put(address, {"code": "x"}).status_code, 403)
        self.client.force_authenticate(None)
        self.assertEqual(self.client.post("/api/snippets/", {"code": "x"}).status_code, 403)
        self.assertEqual(self.client.get(address).data["title"], "Two")
        self.client.force_authenticate(self.ada)
        self.assertEqual(self.client.delete(address).status_code, 204)
        self.assertFalse(Snippet.objects.exists())

    def test_who_is_logged_in_by_password_is_the_owner(self):
        self.client.login(username="ada", password="secret")
        self.assertEqual(self.client.post("/api/snippets/", {"code": "1"}).data["owner"], "ada")

    def test_users_and_groups_of_the_quickstart(self):
        self.client.force_authenticate(self.ada)
        self.assertEqual(self.client.post("/api/groups/", {"name": "Staff"}).status_code, 201)
        group = self.client.get("/api/groups/").data["results"][0]["url"]
        made = self.client.post("/api/users/", {"username": "joe", "groups": [group]})
        self.assertEqual((made.status_code, made.data["groups"]), (201, [group]))
        page = self.client.get("/api/users/", headers={"accept": "text/html"})
        self.assertContains(page, "joe")
