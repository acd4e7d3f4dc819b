"""Viewsets, relations, filters, pages, tokens and throttles, at the host of each tenant."""

from django.core.cache import cache
from rest_framework.test import APIClient

from ..case import SITES, Checked, PackageCase, Site
from .models import Job, Project


class RestFramework(Checked, PackageCase):
    def api(self, site: Site) -> APIClient:
        client = APIClient(headers={"host": site.host})
        with site.active():
            client.force_login(self.user())
        return client

    def test_the_crud_of_the_tutorial(self) -> None:
        for site in SITES:
            api = self.api(site)
            project = api.post("/api/projects/", {"name": f"of {site.host}"})
            self.ok(project, 201)
            label = self.ok(api.post("/api/labels/", {"name": "urgent"}), 201).json()["id"]
            for title in ("paint", "plaster", "sweep"):
                sent = {"title": title, "project": project.json()["id"], "labels": [label]}
                job = self.ok(api.post("/api/jobs/", sent), 201).json()
            self.assertEqual(job["created_by"], self.user().pk)
            self.assertEqual(job["label_names"], [{"id": label, "name": "urgent"}])
            changed = api.patch(f"/api/jobs/{job['id']}/", {"done": True, "labels": []})
            self.assertEqual(self.ok(changed).json()["labels"], [])
            self.ok(api.delete(f"/api/jobs/{job['id']}/"), 204)
            page = self.ok(api.get("/api/jobs/?page=1")).json()
            self.assertEqual((page["count"], len(page["results"])), (2, 2))
            self.ok(api.get("/api/jobs/?page=2"), 404)
        for site in SITES:  # and no tenant has the other's
            names = [
                each["name"] for each in self.api(site).get("/api/projects/").json()["results"]
            ]
            self.assertEqual(names, [f"of {site.host}"])

    def test_relations_of_an_object_that_was_read_from_a_replica(self) -> None:
        """The hyperlinked and slug relations of DRF's tutorial set rows of the reverse side."""
        for site in SITES:
            api = self.api(site)
            with site.active():
                one = Project.objects.create(name="one")
                other = Project.objects.create(name="other")
                for number in range(2):
                    Job.objects.create(title=f"job {number}", project=one)
            taken = api.patch(f"/api/projects/{other.pk}/", {"jobs": ["job 1"]})
            self.assertEqual(self.ok(taken).json()["jobs"], ["job 1"])
            self.assertEqual(api.get(f"/api/projects/{one.pk}/").json()["jobs"], ["job 0"])

    def test_a_unique_value_is_refused_and_not_a_server_error(self) -> None:
        for site in SITES:
            api = self.api(site)
            self.ok(api.post("/api/projects/", {"name": "one"}), 201)
            twice = self.ok(api.post("/api/projects/", {"name": "one"}), 400)
            self.assertEqual(list(twice.json()), ["name"])

    def test_filters_search_and_order_read_replicas(self) -> None:
        for site in SITES:
            with site.active():
                garden, house = (Project.objects.create(name=name) for name in ("garden", "house"))
                for title, project in (("dig", garden), ("wash", house), ("rake", garden)):
                    Job.objects.create(title=title, project=project, done=title == "rake")
            client = self.client_of(site)
            cases = {
                "done=true": ["rake"],
                "project_name=GARD": ["dig", "rake"],
                f"project={house.pk}": ["wash"],
                "search=a&ordering=-title": ["wash", "rake"],
                "ordering=title": ["dig", "rake"],  # two on a page
            }
            for query, titles in cases.items():
                found = self.ok(client.get(f"/api/jobs/?{query}")).json()["results"]
                self.assertEqual([job["title"] for job in found], titles, query)
                self.assertEqual(set(client.aliases), {site.replica}, query)
            self.ok(client.get("/api/jobs/?project=999"), 400)

    def test_the_browsable_api(self) -> None:
        for site in SITES:
            page = self.client_of(site, self.user()).get(
                "/api/jobs/", headers={"accept": "text/html"}
            )
            self.assertContains(page, "Filters")

    def test_tokens(self) -> None:
        self.user()
        for site in SITES:
            api = APIClient(headers={"host": site.host})
            sent = {"username": "ada", "password": "secret-word"}
            token = self.ok(api.post("/token/", sent)).json()["token"]
            api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
            self.ok(api.post("/api/labels/", {"name": "by token"}), 201)
            api.credentials(HTTP_AUTHORIZATION="Token wrong")
            self.ok(api.post("/api/labels/", {"name": "by token"}), 403)

    def test_a_throttle_counts_for_each_tenant(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        for site in SITES:
            client = self.client_of(site, self.user())
            statuses = [client.get("/limited/").status_code for _ in range(4)]
            self.assertEqual(statuses, [200, 200, 200, 429])
