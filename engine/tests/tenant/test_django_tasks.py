"""Django's own tasks, which its default backend runs at once."""

from django.tasks import TaskResult
from django.test import SimpleTestCase

from manydb.core.exceptions import TenantRequired
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.django_tasks import tenant_task


@tenant_task
def greet(greeting: str) -> str:
    return f"{greeting}, {current_tenant()}"


@tenant_task(takes_context=True)
async def agreet(context: object, greeting: str) -> str:
    return f"{greeting}, {current_tenant()}"


class DjangoTasks(SimpleTestCase):
    def test_a_task_works_for_the_tenant_that_was_active(self) -> None:
        with tenant_context("testclient"):
            results = [task.enqueue("Hello") for task in (greet, agreet, greet.using())]
        self.assertEqual([r.return_value for r in results], ["Hello, testclient"] * 3)

    async def test_under_asgi_too(self) -> None:
        with tenant_context("testclient"):
            result = await agreet.aenqueue("Hello")
        self.assertEqual(result.return_value, "Hello, testclient")

    def test_none_is_sent_or_worked_on_without_a_tenant(self) -> None:
        with self.assertRaises(TenantRequired):
            greet.enqueue("Hello")
        result: TaskResult = greet.get_backend().enqueue(greet, ["Hello"], {})
        self.assertEqual(result.errors[0].exception_class, TenantRequired)
