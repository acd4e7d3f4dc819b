"""The views of the cases."""

from django import forms
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path

from benchmarks.inside.cases.models import Bulk, Note, Parent


def empty(request):
    return HttpResponse("ok")


def get(request):
    return HttpResponse(Note.objects.get(pk=1).text)


def gets(request):
    return HttpResponse("".join(Note.objects.get(pk=1).text for _ in range(20)))


def create(request):
    return HttpResponse(str(Note.objects.create(text="x").pk))


def save(request):
    note = Note.objects.get(pk=2)
    note.text = "y"
    note.save()
    return HttpResponse("ok")


def rows(request):
    return HttpResponse(",".join(note.text for note in Note.objects.filter(pk__lte=200)))


def bulk(request):
    Bulk.objects.bulk_create([Bulk(n=n, text="t") for n in range(1000)])
    return HttpResponse("ok")


def prefetch(request):
    parents = Parent.objects.prefetch_related("children")
    return HttpResponse(str(sum(len(parent.children.all()) for parent in parents)))


@login_required
def login_get(request):
    return HttpResponse(request.user.username + Note.objects.get(pk=1).text)


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ("text",)


@login_required
def form(request):
    filled = NoteForm(request.POST)
    filled.save()
    return HttpResponseRedirect("/empty/?" + request.user.username)


def stream(request):
    return StreamingHttpResponse("chunk" for _ in range(100))


async def asgi_empty(request):
    return HttpResponse("ok")


async def asgi_get(request):
    return HttpResponse((await Note.objects.aget(pk=1)).text)


def log_in(request):
    user = get_user_model().objects.get(username="bob")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(get_token(request))


VIEWS = [
    *(empty, get, gets, create, save, rows, bulk, prefetch, login_get, form, stream),
    *(asgi_empty, asgi_get, log_in),
]
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]
