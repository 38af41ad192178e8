"""M11–M14, M30–M37, M41, C4: groups and components through the administration API, exactly."""

from typing import Any

import pytest
from django.test import Client

from components.models import Component, Group, JournalEntry
from components.status import Status
from monitors.models import Monitor
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
GROUPS, COMPONENTS = "/api/v1/status/groups", "/api/v1/status/components"


@pytest.fixture
def api(client: Client) -> Any:
    key = tokens.create(name="ci", scopes=["status:read", "status:write"])

    def call(method: str, url: str, body: Any = None, **extra: str) -> Any:
        return getattr(client, method)(
            url,
            body,
            **({} if method == "get" else {"content_type": "application/json"}),
            headers={"Authorization": f"Bearer {key}", **extra},
        )

    return call


def problems(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {item["field"]: item["message"] for item in answer.json()["errors"]}


def test_m30_a_group_is_made_listed_and_told(api: Any) -> None:
    body = {"name": "Core", "description": "The heart", "sort_order": 3, "collapsed": True}

    made = api("post", GROUPS, body)

    told = made.json()
    assert (made.status_code, made["Location"]) == (201, f"{GROUPS}/{told['id']}")
    more = {
        "id": told["id"],
        "slug": "core",
        "visible": True,
        "open_when_wrong": True,
        "parent_id": None,
        "uptime_90d": None,
    }
    assert {**body, **more} == told
    assert api("get", GROUPS).json() == {"groups": [told], "total": 1}
    assert api("get", f"{GROUPS}/{told['id']}").json() == told
    assert JournalEntry.objects.get(kind="group.changed").actor == "token ci"


def test_m31_a_duplicate_name_is_409(api: Any) -> None:
    build.group("Core")
    other = build.group("Edge")

    answers = [
        api("post", GROUPS, {"name": " Core "}),
        api("patch", f"{GROUPS}/{other.pk}", {"name": "Core"}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json()["error"]["code"] == "duplicate"
    assert Group.objects.filter(name="Core").count() == 1


def test_m32_m33_a_group_is_changed_and_deleted_without_its_components(api: Any) -> None:
    group = build.group("Core", sort_order=4)
    shop = build.component(group=group)
    url = f"{GROUPS}/{group.pk}"

    patched = api("patch", url, {"collapsed": True}).json()
    put = api("put", url, {"name": "Kernel", "sort_order": 1}).json()
    gone = api("delete", url)

    assert (patched["name"], patched["collapsed"], patched["sort_order"]) == ("Core", True, 4)
    assert (put["name"], put["sort_order"]) == ("Kernel", 1)
    assert "name" in problems(api("put", f"{GROUPS}/{build.group().pk}", {"sort_order": 1}))
    assert (gone.status_code, api("get", url).status_code) == (204, 404)
    assert Component.objects.get(pk=shop.pk).group is None


def test_m34_the_five_documented_fields_make_a_component(api: Any) -> None:
    group, monitor = build.group("Core"), build.monitor()
    body = {"group_id": group.pk, "name": "Search Engine", "monitor_type": "endpoint",
            "monitor_id": monitor.pk, "sort_order": 2}  # fmt: skip

    made = api("post", COMPONENTS, body)

    told = made.json()
    assert (made.status_code, made["Location"]) == (201, f"{COMPONENTS}/{told['id']}")
    assert body.items() <= told.items()
    assert list(told) == [
        *("id", "group_id", "name", "monitor_type", "monitor_id", "sort_order", "slug"),
        *("description", "visible", "critical", "counts_for_overall", "auto_incident"),
        *("status_override", "monitors", "depends_on", "status", "derived_status"),
        *("created_at", "updated_at"),
        *("maintenance_counts", "uptime_policy", "basis", "retired_at", "tags", "only_when_wrong"),
    ]
    assert (told["slug"], told["monitors"]) == (
        "search-engine", [{"type": "endpoint", "id": monitor.pk}],
    )  # fmt: skip
    assert Monitor.objects.get().component_id == told["id"]
    # It has not reported yet: nobody may hear "fine" (M12–M14).
    assert (told["status"], told["derived_status"]) == ("degraded", "degraded")


def test_c4_the_other_spellings_are_taken_too(api: Any) -> None:
    group = api("post", GROUPS, {"display_name": "Core", "display_order": 2}).json()
    told = api("post", COMPONENTS, {"display_name": "Shop", "display_order": 5}).json()

    both = api("post", GROUPS, {"display_name": "a", "name": "b"})

    assert (group["name"], group["sort_order"]) == ("Core", 2)
    assert (told["name"], told["sort_order"]) == ("Shop", 5)
    assert "display_name" in problems(both)


def test_m11_every_kind_of_the_product_is_a_monitor_type(api: Any) -> None:
    heartbeat, _ = build.heartbeat()
    endpoint = build.monitor()

    told = api("post", COMPONENTS, {"name": "Jobs", "monitors": [
        {"type": "heartbeat", "id": heartbeat.pk}, {"type": "endpoint", "id": endpoint.pk},
    ]}).json()  # fmt: skip
    wrong = api("post", COMPONENTS, {"name": "x", "monitor_type": "container",
                                     "monitor_id": endpoint.pk})  # fmt: skip

    assert {each["type"] for each in told["monitors"]} == {"heartbeat", "endpoint"}
    assert told["monitor_id"] == heartbeat.pk
    assert "endpoint" in problems(wrong)["monitor_type"]


def test_a_monitor_moves_from_one_component_to_another_and_never_stands_alone(api: Any) -> None:
    old, new = build.component(), build.component()
    monitor = build.monitor(old)

    api("patch", f"{COMPONENTS}/{new.pk}", {"monitor_type": "endpoint", "monitor_id": monitor.pk})
    alone = api("patch", f"{COMPONENTS}/{new.pk}", {"monitors": []})
    unsaid = api("patch", f"{COMPONENTS}/{new.pk}", {"monitor_type": None, "monitor_id": None})

    assert Monitor.objects.get().component_id == new.pk
    assert build.status_of(new) is Status.UNKNOWN
    assert build.status_of(old) is Status.OPERATIONAL  # by hand, since nothing watches it now
    assert f"Monitor {monitor.pk}" in problems(alone)["monitors"]
    assert unsaid.json()["monitor_id"] == monitor.pk


def test_m35_an_override_beats_evidence_and_is_told_beside_it(api: Any) -> None:
    shop = build.component()
    url = f"{COMPONENTS}/{shop.pk}"

    down = api("patch", url, {"status_override": "Major Outage"}).json()
    cleared = api("patch", url, {"status_override": None}).json()

    assert (down["status"], down["derived_status"]) == ("major_outage", "operational")
    assert (cleared["status"], cleared["status_override"]) == ("operational", None)
    assert JournalEntry.objects.filter(kind="component.override_changed").count() == 2


def test_m36_dependencies_are_written_and_a_circle_is_refused_t28(api: Any) -> None:
    disk, shop = build.component("Disk"), build.component("Shop")
    api("patch", f"{COMPONENTS}/{shop.pk}", {"depends_on": [disk.pk]})

    told = api("get", f"{COMPONENTS}/{shop.pk}").json()
    circle = api("patch", f"{COMPONENTS}/{disk.pk}", {"depends_on": [shop.pk]})

    assert told["depends_on"] == [disk.pk]
    assert "Disk → Shop → Disk" in problems(circle)["depends_on"]
    assert not disk.depends_on.exists()


def test_m37_a_component_is_deleted(api: Any) -> None:
    shop = build.component()

    assert api("delete", f"{COMPONENTS}/{shop.pk}").status_code == 204
    assert api("get", f"{COMPONENTS}/{shop.pk}").status_code == 404


@pytest.mark.parametrize(("root", "model"), [(GROUPS, Group), (COMPONENTS, Component)])
def test_m41_a_stale_writer_is_refused_and_overwrites_nothing(
    api: Any, root: str, model: Any
) -> None:
    made = api("post", root, {"name": "Shop"})
    url, tag = made["Location"], made["ETag"]
    fresh = api("patch", url, {"name": "Theirs"}, **{"If-Match": tag})

    stale = [
        api("patch", url, {"name": "Mine"}, **{"If-Match": tag}),
        api("put", url, {"name": "Mine"}, **{"If-Match": tag}),
        api("delete", url, **{"If-Match": tag}),
    ]

    assert fresh.status_code == 200
    assert [answer.status_code for answer in stale] == [412, 412, 412]
    assert model.objects.get().name == "Theirs"
    assert api("get", url, **{"If-None-Match": fresh["ETag"]}).status_code == 304


@pytest.mark.parametrize(("url", "model"), [(GROUPS, Group), (COMPONENTS, Component)])
def test_m41_a_post_with_a_key_is_done_once(api: Any, url: str, model: Any) -> None:
    first, again = (api("post", url, {"name": "A"}, **{"Idempotency-Key": "k"}) for _ in "12")
    other = api("post", url, {"name": "B"}, **{"Idempotency-Key": "k"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (first.json(), first["Location"]) == (again.json(), again["Location"])
    assert model.objects.count() == 1


def test_a_slug_is_made_when_none_is_given_and_a_taken_one_is_409(api: Any) -> None:
    slugs = [api("post", COMPONENTS, {"name": name}).json()["slug"] for name in ("A b", "A b", "✓")]
    taken = api("post", COMPONENTS, {"name": "C", "slug": "a-b"})

    assert slugs == ["a-b", "a-b-2", "component"]
    assert taken.status_code == 409


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"id": 7}, "id"),
        ({"status": "operational"}, "status"),
        ({"name": ""}, "name"),
        ({"name": "\u202e\u2066"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"group_id": 999}, "group_id"),
        ({"group_id": "x"}, "group_id"),
        ({"monitor_id": 1}, "monitor_type"),
        ({"monitor_type": "endpoint"}, "monitor_id"),
        ({"monitor_type": "endpoint", "monitor_id": 999}, "monitor_id"),
        ({"monitor_type": "sorcery", "monitor_id": 1}, "monitor_type"),
        ({"monitors": [{"type": "endpoint"}]}, "monitors.0.id"),
        ({"monitors": [{"type": "endpoint", "id": 999}]}, "monitors"),
        ({"depends_on": [999]}, "depends_on"),
        ({"status_override": "gone"}, "status_override"),
        ({"sort_order": 2**31}, "sort_order"),
        ({"slug": "a b"}, "slug"),
        ({"visible": "perhaps"}, "visible"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_nothing_is_written_s5(
    api: Any, fields: dict[str, Any], named: str
) -> None:
    assert named in problems(api("post", COMPONENTS, {"name": "Shop", **fields}))
    assert not Component.objects.exists()


@pytest.mark.parametrize("reference", [{"type": "endpoint"}, {"id": 1}, {}])
def test_f_m13_a_reference_is_whole_in_a_change_of_some_fields_too(
    api: Any, reference: dict[str, Any]
) -> None:
    one = f"{COMPONENTS}/{build.component().pk}"

    answer = api("patch", one, {"monitors": [reference]})

    assert answer.status_code == 400
    assert all(name.startswith("monitors.0.") for name in problems(answer))


@pytest.mark.parametrize("root", [GROUPS, COMPONENTS])
@pytest.mark.parametrize("pk", ["0", "7", "x", "1.5", "-1", "9" * 30, "١"])
def test_an_id_that_is_not_there_is_404(api: Any, root: str, pk: str) -> None:
    answer = api("get", f"{root}/{pk}")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_text_is_stored_as_it_can_be_shown(api: Any) -> None:
    told = api(
        "post", COMPONENTS, {"name": " Cafe\u0301\u0007\tBar ", "description": "a\nb"}
    ).json()

    assert (told["name"], told["description"]) == ("Café Bar", "a b")


def test_scopes_decide_who_may(client: Client) -> None:
    reader = {"Authorization": f"Bearer {tokens.create(name='r', scopes=['status:read'])}"}

    for url in (GROUPS, COMPONENTS):
        assert client.get(url).status_code == 401
        assert client.get(url, headers=reader).status_code == 200
        refused = client.post(url, {"name": "x"}, content_type="application/json", headers=reader)
        assert refused.status_code == 403


def test_the_list_costs_the_same_for_many(api: Any, django_assert_max_num_queries: Any) -> None:
    disk = build.component()
    for _ in range(5):
        build.monitor(build.component())

    with django_assert_max_num_queries(12):
        told = api("get", f"{COMPONENTS}?limit=4&offset=1").json()

    assert (len(told["components"]), told["total"]) == (4, 6)
    assert disk.pk
    assert "page" in problems(api("get", f"{COMPONENTS}?page=2"))
