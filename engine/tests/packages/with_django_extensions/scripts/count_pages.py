from ..models import Page


def run(*args: str) -> None:
    print("pages:", Page.objects.count(), *args)
