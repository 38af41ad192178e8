"""Composition: the admin site, and the one hook by which the journal reaches upwards."""

import logging
import os
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.utils.module_loading import autodiscover_modules

from components.filesystem.private_files import keep_store_private
from components.languages import page_languages
from components.plugins import BrokenPluginError
from statuspage.observability import log_format

log = logging.getLogger(__name__)


class AdminConfig(SimpleAdminConfig):
    """Django's admin with our site, whose pages are imported with the routes that lead to them.

    Most of the product's processes and commands answer no request: to import every app's admin
    was a quarter of their start.
    """

    default_site = "statuspage.admin_site.OperatorsSite"

    def ready(self) -> None:
        # Instead of the two that Django registers here: they look at the admins that are imported.
        checks.register(_check_every_admin, checks.Tags.admin)


def _check_every_admin(**options: Any) -> list[checks.CheckMessage]:
    """Run Django's own checks of the admin, over all of it."""
    autodiscover()
    return [*check_dependencies(**options), *check_admin_app(**options)]


class StatuspageConfig(AppConfig):
    """The composition's app: connects what the apps below cannot know of each other."""

    name = "statuspage"
    verbose_name = "System"

    def ready(self) -> None:
        from django.conf import settings  # noqa: PLC0415  (models are there only now)
        from django.db.backends.signals import connection_created  # noqa: PLC0415
        from django.db.models.signals import post_migrate  # noqa: PLC0415

        from components import journal  # noqa: PLC0415  (models are there only now)
        from components.secrets import fields  # noqa: PLC0415  (models are there only now)
        from monitors.history import partitions  # noqa: PLC0415  (models are there only now)
        from monitors.probers import registry  # noqa: PLC0415  (models are there only now)
        from statuspage.access import roles  # noqa: PLC0415  (models are there only now)
        from statuspage.config import tracing  # noqa: PLC0415  (models are there only now)
        from statuspage.config.env import SettingError  # noqa: PLC0415  (models are there only now)
        from statuspage.publishing import after_commit  # noqa: PLC0415  (models are there only now)
        from statuspage.state.faces import languages_of_main  # noqa: PLC0415  (as above)
        from statuspage.state.subscribed_pages import (  # noqa: PLC0415  (models are there only now)
            read_main_brand,
            read_subscribed_pages,
        )
        from subscribers import pages  # noqa: PLC0415  (as above)

        connection_created.connect(keep_store_private)
        if "STATUSPAGE_PARENT" not in os.environ and (
            text := tracing.warning_at_start(settings.STATUSPAGE, role=log_format.role())
        ):
            log.warning("%s", text)
        # What an event does is declared with its type: the journal's readers must know every app's.
        autodiscover_modules("event_types")
        try:
            registry.register_modules(settings.STATUSPAGE.probers)
        except BrokenPluginError as error:
            raise SettingError(f"STATUSPAGE_PROBERS: {error}") from None
        fields.seal_values(
            fields.SealedValues("mfa.Authenticator", "data", names=("secret", "seed"))
        )
        pages.provide(read_subscribed_pages, read_main_brand)
        page_languages.provide(languages_of_main)
        journal.on_append(after_commit.on_journal_append)
        # Permissions are made by Django's own receiver, which is called before.
        post_migrate.connect(roles.ensure_roles, sender=self)
        post_migrate.connect(partitions.after_migration, sender=self)
