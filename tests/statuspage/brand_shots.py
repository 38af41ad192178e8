"""What `make shots` shows of pages with a face: three brands, a door, a page with children."""

from dataclasses import replace

from components.status import Status
from statuspage.pages.appearance import Appearance, PageLink
from statuspage.pages.face import Door, Face
from statuspage.renderers.html.render import render_page
from statuspage.signup.door_pages import door_response
from statuspage.state.languages import words_for
from statuspage.state.page_state import ChildView, PageState
from tests.statuspage import page_scenes
from tests.statuspage.public_pages import partial_outage

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28">'
_PETALS = "".join(
    f'<ellipse cx="14" cy="7.2" rx="4.3" ry="6.4" transform="rotate({turn} 14 14)"></ellipse>'
    for turn in range(0, 360, 72)
)
_LINKS = (
    PageLink("Home", "https://www.example.com"),
    PageLink("Support", "https://support.example.com"),
)
_FOOT = (
    PageLink("Imprint", "https://www.example.com/imprint"),
    PageLink("Privacy", "https://www.example.com/privacy"),
)
LARKSPUR = Appearance(
    name="Larkspur",
    mark=f'{_SVG}<g fill="#6b3fa0">{_PETALS}</g>'
    '<circle cx="14" cy="14" r="3" fill="#fff"></circle></svg>',
    accent="#6b3fa0", accent_dark="#c3a2f0", header_links=_LINKS, footer_links=_FOOT,
    time_zone="Europe/Berlin",
)  # fmt: skip
FERNHILL = Appearance(
    name="Fernhill Hosting",
    mark=f'{_SVG}<rect width="28" height="28" rx="7" fill="#1a6b3c"></rect>'
    '<path fill="#fff" d="M14 4c8 4 8 14 0 20C6 18 6 8 14 4z"></path></svg>',
    accent="#1a6b3c", accent_dark="#7fd6a4", ground="#f2f5ee", ground_dark="#0a0f0b",
    font="serif", header_links=_LINKS, footer_links=_FOOT, show_sparklines=False,
    intro="Customers with a support contract reach us at any hour: **+44 20 7946 0123**.",
)  # fmt: skip
BOLT = Appearance(
    name="Bolt",
    mark=f'{_SVG}<circle cx="14" cy="14" r="14" fill="#ffb38a"></circle>'
    '<path fill="#14181f" d="M16 3L7 16h6l-1 9 9-13h-6z"></path></svg>',
    accent="#b8400a", accent_dark="#ffb38a", theme="dark", density="compact", clock="12",
    time_zone="America/New_York", footer_links=_FOOT, show_response=False, show_sparklines=False,
    css=".card{border-radius:4px}.banner{border-radius:4px}.rows{border-radius:4px}",
)  # fmt: skip


def _rendered(state: PageState) -> bytes:
    return render_page(state, words=words_for(state))


def _in_arabic() -> bytes:
    """A page whose people write Arabic: names, an incident, a window, all from right to left."""
    state = replace(partial_outage(), languages=("ar", "en"))
    names = dict(zip([each.name for each in state.components], _ARABIC, strict=True))
    groups = tuple(
        replace(
            group,
            name=title,
            components=tuple(
                replace(
                    each, name=names[each.name], description="", note="",
                    affected_by=tuple(names[name] for name in each.affected_by),
                )
                for each in group.components
            ),
        )
        for group, title in zip(state.groups, ("المنصة", "الحوسبة"), strict=True)
    )  # fmt: skip
    (opened,), (planned,) = state.incidents, state.windows
    told = zip(opened.updates, _TOLD, strict=True)
    opened = replace(
        opened, title="أخطاء في طلبات الاستدلال",
        components=tuple(names[each] for each in opened.components),
        updates=tuple(replace(each, message=text) for each, text in told),
    )  # fmt: skip
    planned = replace(
        planned, title="تحسين قاعدة البيانات", message="تبقى القراءة متاحة.",
        components=tuple(names[each] for each in planned.components),
    )  # fmt: skip
    return _rendered(
        replace(
            state, groups=groups, incidents=(opened,), windows=(planned,), past_incidents=(),
            site_name="Larkspur", appearance=replace(LARKSPUR, header_links=(), footer_links=()),
        )
    )  # fmt: skip


_ARABIC = (
    "واجهة API", "توجيه الطلبات", "خدمات الذكاء", "لوحة التحكم", "مخزن النماذج",
    "عناقيد GPU", "الوكلاء المشتركون",
)  # fmt: skip
_TOLD = (
    (
        "فقد اثنان من ستة موجّهات الاتصال بعد تغيير في الإعدادات عند الساعة 13:58."
        " **نتراجع عن هذا التغيير**، ويمكن إعادة الطلبات التي تفشل بالرمز `503` بأمان."
    ),
    "يفشل نحو طلب واحد من كل خمسة. المناطق الأخرى غير متأثرة.",
)


def pages() -> dict[str, bytes]:
    """Return names of pictures and the pages that they show."""
    shown = {
        f"brand-{look.name.split()[0].lower()}": _rendered(
            replace(partial_outage(), site_name=look.name, appearance=look)
        )
        for look in (LARKSPUR, FERNHILL, BOLT)
    }
    door = Door(password="x", mail_domains=("larkspur.example", "partner.example"))
    inner = Face("inner", "Larkspur, inside", door=door, appearance=LARKSPUR)
    good = replace(page_scenes.all_good(), appearance=LARKSPUR)
    few = replace(good.groups[0], components=good.groups[0].components[:2])
    children = (
        ChildView("payments", "Larkspur Payments", Status.OPERATIONAL, "https://pay.example.com"),
        ChildView("partners", "Partner warehouses", Status.MAINTENANCE, "https://p.example.com"),
    )
    return {
        **shown,
        "arabic": _in_arabic(),
        "door": door_response(inner).content,
        "parent-page": _rendered(
            replace(good, site_name="Larkspur", groups=(few,), children=children)
        ),
        "child-page": _rendered(
            replace(good, site_name="Larkspur Payments", groups=good.groups[:1])
        ),
    }
