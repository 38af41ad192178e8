"""Finds the words of a language by its tag."""

from components.languages.names import ENGLISH_TAG, NAMES
from components.languages.words import ENGLISH, Words

_EXPLICIT_ENGLISH = Words(explicit=True)


def words_of(tag: str, *, explicit: bool = False) -> Words:
    """Return the words of a known language, English for any other and for ''.

    `explicit`: its pages name it in each address of ours, for it is not what is shown by itself.
    """
    if tag == ENGLISH_TAG or tag not in NAMES:
        return _EXPLICIT_ENGLISH if explicit else ENGLISH
    # Only who reads another language has a process load Babel.
    from components.languages.translated import translated_words  # noqa: PLC0415  (see above)

    return translated_words(tag, explicit=explicit)
