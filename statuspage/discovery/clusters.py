"""Several clusters: which has which name here, and objects of one name told apart."""

from collections.abc import Iterable
from dataclasses import replace

from components.models import Component, Origin
from statuspage.discovery.follow import primary_key
from statuspage.discovery.kubernetes_api import AnotherClusterError
from statuspage.importers.description import ComponentItem, Description

PREFIX = "kubernetes:"
_KIND, _KEY = "cluster", "identity"


def hold_name(cluster: str, identity: str, *, replaces: bool = False) -> None:
    """Keep a name for the cluster that came with it first. Raises AnotherClusterError.

    Two clusters of one name would each call gone what the other has, and take each other's
    objects for their own. With `replaces` the name goes over to this one.
    """
    row, is_new = Origin.objects.get_or_create(
        system=f"{PREFIX}{cluster}", kind=_KIND, key=_KEY, defaults={"object_id": identity}
    )
    if is_new or row.object_id == identity:
        return
    # What may be read of a cluster can change: an id is better than an address.
    same_way = row.object_id.partition(":")[0] == identity.partition(":")[0]
    if same_way and not replaces:
        raise AnotherClusterError(
            f"“{cluster}” is the name of another cluster here. Give this one a name of its own:"
            " --cluster NAME. If it takes the place of that one: --replace, once"
        )
    if replaces or identity.startswith("uid:"):
        Origin.objects.filter(pk=row.pk).update(object_id=identity)


def named_apart(description: Description, *, cluster: str) -> Description:
    """Return a description whose components do not have the name of one of another cluster.

    What an annotation names is meant to be one component of several clusters; what is called as
    its object is has nothing to do with an object of that name elsewhere.
    """
    system = f"{PREFIX}{cluster}"
    plain = [each for each in description.components if each.key != each.name]
    if not plain or not (taken := _names_elsewhere(plain, system)):
        return description
    return replace(
        description,
        components=[
            replace(each, name=f"{each.name} ({cluster})")
            if each.key != each.name and each.name.casefold() in taken
            else each
            for each in description.components
        ],
    )


def _names_elsewhere(items: Iterable[ComponentItem], system: str) -> set[str]:
    """Return the names, in small letters, of components that came from other clusters alone."""
    rows = Origin.objects.filter(kind="component", system__startswith=PREFIX)
    mine = {primary_key(row) for row in rows if row.system == system}
    others = {primary_key(row) for row in rows if row.system != system} - mine
    names = Component.objects.filter(pk__in=others, retired_at=None).values_list("name", flat=True)
    wanted = {each.name.casefold() for each in items}
    return {name.casefold() for name in names} & wanted
