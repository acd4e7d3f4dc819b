from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from django.urls import reverse
from manydb.tenants import tenant_context

from .models import Customer, Invoice


class InvoiceTests(TestCase):
    databases = {"default", "TESTCLIENT", "OTHERCLIENT"}

    def setUp(self):
        self.user = get_user_model().objects.create_user("ada", password="secret")
        self.client = self.client_of("testclient")
        with tenant_context("testclient"):
            self.customer = Customer.objects.create(name="Ltd.")

    def client_of(self, tenant):
        client = Client(headers={"host": f"{tenant}.testserver"})
        with tenant_context(tenant):
            client.force_login(self.user)
        return client

    def make(self, number="1", lines=(("Tea", 2, "1.50"),)):
        data = {"customer": self.customer.pk, "number": number}
        data |= {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0}
        for row, (text, quantity, price) in enumerate(lines):
            data |= {f"lines-{row}-text": text, f"lines-{row}-quantity": quantity}
            data |= {f"lines-{row}-price": price}
        return self.client.post(reverse("invoices:create"), data, follow=True)

    def test_an_invoice_is_made_and_shown(self):
        page = self.make()
        self.assertContains(page, "1 was made.")
        self.assertContains(page, "<h1>1: 3.00</h1>")
        self.assertContains(page, "by ada")
        self.assertContains(self.client.get(reverse("invoices:list")), "1 Ltd. 3.00 by ada")

    def test_a_number_is_given_once(self):
        self.make()
        self.assertContains(self.make(), "already exists")

    def test_it_is_paid_changed_and_deleted(self):
        self.make()
        with tenant_context("testclient"):
            invoice = Invoice.objects.get()
        page = self.client.post(reverse("invoices:pay", args=[invoice.pk]), follow=True)
        self.assertContains(page, "paid")
        address = reverse("invoices:update", args=[invoice.pk])
        self.assertContains(self.client.get(address), 'value="1"')
        data = {"customer": self.customer.pk, "number": "1a"}
        self.assertContains(self.client.post(address, data, follow=True), "<h1>1a: ")
        self.client.post(reverse("invoices:delete", args=[invoice.pk]))
        with tenant_context("testclient"):
            self.assertFalse(Invoice.objects.exists())

    def test_a_bad_line_keeps_the_invoice_away(self):
        self.assertContains(self.make(lines=[("Tea", 1, "0")]), "greater than or equal to 0.01")
        with tenant_context("testclient"):
            self.assertFalse(Invoice.objects.exists())

    def test_another_tenant_sees_none_of_it(self):
        self.make()
        other = self.client_of("otherclient")
        self.assertNotContains(other.get(reverse("invoices:list")), "Ltd.")
        with tenant_context("testclient"):
            address = Invoice.objects.get().get_absolute_url()
        self.assertEqual(other.get(address).status_code, 404)
        self.assertEqual(other.get(reverse("invoices:summary")).json(), {"customers": {}, "mine": []})

    def test_a_summary(self):
        self.make()
        self.assertEqual(
            self.client.get(reverse("invoices:summary")).json(),
            {"customers": {"Ltd.": 1}, "mine": ["1"]},
        )

    def test_who_is_not_logged_in_is_sent_to_log_in(self):
        page = Client(headers={"host": "testclient.testserver"}).get(reverse("invoices:list"))
        self.assertEqual(page.status_code, 302)
