"""django CMS, with apphooks that are loaded again when a page has changed."""

from ..site import *

INSTALLED_APPS = [
    *INSTALLED_APPS,  # users before what asks for their model
    "cms",
    "menus",
    "treebeard",
    "sekizai",
    "django.contrib.sites",
    "engine.tests.packages.with_django_cms",
]
MIDDLEWARE = [
    *MIDDLEWARE,
    "cms.middleware.utils.ApphookReloadMiddleware",
    "cms.middleware.user.CurrentUserMiddleware",
    "cms.middleware.page.CurrentPageMiddleware",
    "cms.middleware.toolbar.ToolbarMiddleware",
    "cms.middleware.language.LanguageCookieMiddleware",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "django.template.context_processors.i18n",
    "cms.context_processors.cms_settings",
    "sekizai.context_processors.sekizai",
]
X_FRAME_OPTIONS = "SAMEORIGIN"
SITE_ID = 1
LANGUAGE_CODE, LANGUAGES = "en", [("en", "English")]
CMS_CONFIRM_VERSION4 = True
CMS_TEMPLATES = [("page.html", "Page")]
SILENCED_SYSTEM_CHECKS = ["treebeard.E001"]  # of a manager of the package
ROOT_URLCONF = "engine.tests.packages.with_django_cms.urls"
if ROUTER == "tenant":  # pages need accounts and sites
    INSTALLED_APPS.remove("manydb.tenants.membership")
    TENANT_APPS, TENANT_DEFAULT = ["*"], True
