"""What was submitted when an identity had to be confirmed first: kept, to be submitted after all.

It stands in the person's session, sealed, for there may be passwords in it. Nothing is done by the
confirmation alone: the person presses a button, which sends it to where it was meant for.
"""

import json
import time

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from components.secrets import SecretError, seal, unseal

FIELD = "_kept"
"""Of the button's form: the rest of it is in the session."""
LONGEST = 100_000
"""Of what is kept, in characters."""
VALID_SECONDS = 900
_KEY = "statuspage_kept_form"


def keep(request: HttpRequest) -> bool:
    """Keep what was submitted; return whether it could be. Files cannot."""
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    text = sent.urlencode()
    if request.FILES or len(text) > LONGEST:
        return False
    kept = {"address": request.get_full_path(), "sent": text, "at": time.time()}
    request.session[_KEY] = seal(json.dumps(kept))
    return True


def put_back(request: HttpRequest) -> bool:
    """Give a request the form that was kept for its address; return False if there is none."""
    kept = _kept(request)
    if kept is None or kept[0] != request.get_full_path():
        return False
    del request.session[_KEY]
    request.POST = QueryDict(kept[1])
    return True


@never_cache
@login_required
@require_safe
def finish(request: HttpRequest) -> HttpResponse:
    """Ask whether to submit now what was kept."""
    kept = _kept(request)
    if kept is None:
        return redirect("admin:index")
    return render(request, "account/kept_form.html", {"address": kept[0], "field": FIELD})


def address() -> str:
    """Return where `finish` is."""
    return reverse("kept_form")


def _kept(request: HttpRequest) -> tuple[str, str] | None:
    """Return the address and the form that are kept, if they are still good."""
    try:
        kept = json.loads(unseal(request.session[_KEY]))
    except (KeyError, SecretError):
        return None
    if not 0 <= time.time() - kept["at"] < VALID_SECONDS:
        return None
    return kept["address"], kept["sent"]
