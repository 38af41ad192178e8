"""The product's own components are named apart from those of the platform, unless people did so."""

from django.db import migrations

NAMES = {
    "status-web": ("Web", "Status page"),
    "status-workers": ("Workers", "Status page workers"),
    "status-database": ("Database", "Status page database"),
}


def name_apart(apps, schema_editor):
    own = apps.get_model("monitors", "Monitor").objects.filter(builtin__in=NAMES)
    components = apps.get_model("components", "Component").objects
    for slug, component in own.values_list("builtin", "component_id"):
        former, name = NAMES[slug]
        components.filter(pk=component, slug=slug, name=former).update(name=name)


class Migration(migrations.Migration):

    dependencies = [
        ("monitors", "0016_name_servers_of_a_vantage_point"),
        ("components", "0006_folded_groups"),
    ]

    operations = [migrations.RunPython(name_apart, migrations.RunPython.noop)]
