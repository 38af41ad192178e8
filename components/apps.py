"""The catalogue of components, their history, and the journal."""

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "components"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        from components import storable_lookups  # noqa: PLC0415  (models need the apps first)

        storable_lookups.install()
