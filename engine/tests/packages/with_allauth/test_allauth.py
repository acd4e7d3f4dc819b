"""Signing up, confirming an address, logging in and out, at the host of each tenant."""

import re

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache

from ..case import SITES, Checked, PackageCase, Site, SiteClient, tenants_only

PASSWORD = "correct-horse-7"


class Allauth(Checked, PackageCase):
    def setUp(self) -> None:
        cache.clear()

    def sign_up(self, site: Site, name: str) -> SiteClient:
        client = self.client_of(site)
        self.ok(client.get("/accounts/signup/"))
        sent = {"username": name, "email": f"{name}@example.com"}
        passwords = {"password1": PASSWORD, "password2": PASSWORD}
        self.ok(client.post("/accounts/signup/", sent | passwords), 302)
        return client

    def test_the_life_of_an_account(self) -> None:
        for number, site in enumerate(SITES):
            name = f"ada{number}"
            client = self.sign_up(site, name)
            self.assertContains(client.get("/accounts/email/"), f"{name}@example.com")
            (link,) = re.findall(r"http://(\S+)", mail.outbox[-1].body)
            host, _, path = link.partition("/")
            self.assertEqual(host, site.host)
            self.ok(client.get(f"/{path}"))
            self.ok(client.post(f"/{path}"), 302)
            self.assertTrue(EmailAddress.objects.get(user__username=name).verified)

            more = {"action_add": "", "email": f"{name}@work.example.com"}
            self.ok(client.post("/accounts/email/", more), 302)
            self.assertEqual(
                get_user_model().objects.get(username=name).emailaddress_set.count(), 2
            )
            primary = {"action_primary": "", "email": f"{name}@example.com"}
            self.ok(client.post("/accounts/email/", primary), 302)
            self.assertContains(client.get("/accounts/sessions/"), "127.0.0.1")

            self.ok(client.post("/accounts/logout/"), 302)
            self.ok(client.get("/accounts/email/"), 302)
            login = {"login": f"{name}@example.com", "password": PASSWORD}
            self.ok(client.post("/accounts/login/", login), 302)
            self.ok(client.get("/accounts/email/"))

    def test_a_password_is_reset(self) -> None:
        for site in SITES:
            user = self.user()
            client = self.client_of(site)
            self.ok(client.post("/accounts/password/reset/", {"email": user.email}), 302)
            (link,) = re.findall(rf"http://{site.host}(\S+)", mail.outbox[-1].body)
            form = self.ok(client.get(link, follow=True))
            chosen = {
                "password1": f"{PASSWORD}-{site.host}",
                "password2": f"{PASSWORD}-{site.host}",
            }
            self.ok(client.post(form.request["PATH_INFO"], chosen), 302)
            user.refresh_from_db()
            self.assertTrue(user.check_password(chosen["password1"]))

    def test_a_name_that_is_taken_is_refused(self) -> None:
        self.user()
        for site in SITES:
            sent = {"username": "ada", "email": "new@example.com"}
            passwords = {"password1": PASSWORD, "password2": PASSWORD}
            response = self.client_of(site).post("/accounts/signup/", sent | passwords)
            self.assertContains(response, "already exists")

    @tenants_only
    def test_a_session_is_good_for_its_tenant_only(self) -> None:
        client = self.sign_up(SITES[0], "ada")
        self.ok(client.get("/accounts/email/"))
        self.ok(client.get("/accounts/email/", headers={"host": SITES[1].host}), 302)

    @tenants_only
    def test_failed_logins_are_counted_for_each_tenant(self) -> None:
        """Its limits are kept in the cache, whose keys hold the tenant."""
        self.user()

        def attempts(site: Site, count: int) -> str:
            client = self.client_of(site)
            for _ in range(count):
                response = client.post("/accounts/login/", {"login": "ada", "password": "wrong"})
            return str(response.content.decode())

        self.assertIn("Too many failed login attempts", attempts(SITES[0], 11))
        self.assertNotIn("Too many failed login attempts", attempts(SITES[1], 1))
