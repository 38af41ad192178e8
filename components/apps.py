"""The catalogue of components, their history, and the journal."""

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "components"
    verbose_name = "What we watch"
