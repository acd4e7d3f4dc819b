from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page


class Article(Page):
    body = RichTextField(blank=True)
    template = "article.html"
    content_panels = [*Page.content_panels, FieldPanel("body")]
