"""Composition: the admin site, and the one hook by which the journal reaches upwards."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.module_loading import autodiscover_modules

from components.filesystem.private_files import keep_store_private
from components.plugins import BrokenPluginError


class AdminConfig(DjangoAdminConfig):
    """Django's admin with our site."""

    default_site = "statuspage.admin_site.OperatorsSite"


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
        from statuspage.config.env import SettingError  # noqa: PLC0415  (models are there only now)
        from statuspage.publishing import after_commit  # noqa: PLC0415  (models are there only now)
        from statuspage.state.subscribed_pages import (  # noqa: PLC0415  (models are there only now)
            read_main_brand,
            read_subscribed_pages,
        )
        from subscribers import pages  # noqa: PLC0415  (as above)

        connection_created.connect(keep_store_private)
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
        journal.on_append(after_commit.on_journal_append)
        # Permissions are made by Django's own receiver, which is called before.
        post_migrate.connect(roles.ensure_roles, sender=self)
        post_migrate.connect(partitions.after_migration, sender=self)
