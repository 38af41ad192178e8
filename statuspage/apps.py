"""Composition: the admin site, and the one hook by which the journal reaches upwards."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "statuspage.admin_site.OperatorsSite"


class StatuspageConfig(AppConfig):
    name = "statuspage"
    verbose_name = "System"

    def ready(self) -> None:
        from components import journal
        from statuspage import follow

        journal.on_append(follow.journal_moved)
