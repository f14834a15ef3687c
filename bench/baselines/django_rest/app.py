"""The WSGI application and its addresses."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = get_wsgi_application()

from shop.api import Integrations  # noqa: E402 - needs the settings

urlpatterns = [
    path("api/integrations/<uuid:pk>", Integrations.as_view({"get": "retrieve"})),
    path("api/integrations", Integrations.as_view({"get": "list"})),
]
