"""The fields of a page's form for its languages: its own, and the others that it is offered in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from components.languages.names import NAMES, offered_languages
from statuspage.models import Page

_CHOICES = list(NAMES.items())


class LanguagesForm(forms.ModelForm[Page]):
    """Both fields write the column `languages`; it is empty for English with all others, so that
    languages which come with a later release are offered too."""

    own_language = forms.ChoiceField(
        choices=_CHOICES,
        required=False,
        label=gettext_lazy("Language"),
        help_text=gettext_lazy(
            "For visitors whose browser prefers none of the others, and for subscribers who"
            " chose none."
        ),
    )
    other_languages = forms.MultipleChoiceField(
        choices=_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Also offered in"),
        help_text=gettext_lazy(
            "Visitors get the one that their browser prefers. What you write is shown as you"
            " wrote it."
        ),
    )

    class Meta:
        model = Page
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        own, *others = offered_languages(self.instance.languages)
        self.initial.setdefault("own_language", own)
        self.initial.setdefault("other_languages", others)

    def clean(self) -> dict[str, Any] | None:
        found = super().clean() or {}
        if own := found.get("own_language"):
            others = [tag for tag in found.get("other_languages", ()) if tag != own]
            chosen = ", ".join([own, *others])
            is_usual = offered_languages(chosen) == offered_languages("")
            self.instance.languages = "" if is_usual else chosen
        return found
