from django.urls import path

from . import views

app_name = "invoices"
urlpatterns = [
    path("", views.InvoiceList.as_view(), name="list"),
    path("new/", views.InvoiceCreate.as_view(), name="create"),
    path("summary/", views.summary, name="summary"),
    path("customers/new/", views.CustomerCreate.as_view(), name="customer"),
    path("<int:pk>/", views.InvoiceDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.InvoiceUpdate.as_view(), name="update"),
    path("<int:pk>/delete/", views.InvoiceDelete.as_view(), name="delete"),
    path("<int:pk>/pay/", views.pay, name="pay"),
]
