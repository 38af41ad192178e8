"""Mattermost's incoming webhooks: one attachment, in its own Markdown, that mentions no user."""

from typing import Any

from components.languages.words import ENGLISH, Words
from components.markup.characters import cut
from components.markup.parser import literal
from subscribers.channels.formats.alert import actions, is_alert
from subscribers.channels.formats.wording import colour, details, message, title
from subscribers.channels.hooks import HookChannel
from subscribers.channels.markup.base import INVISIBLE, MENTION
from subscribers.channels.markup.markdown import MATTERMOST
from subscribers.message import Facts


class MattermostChannel(HookChannel):
    name = "mattermost"
    label = "Mattermost"
    position = 60

    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        # What leads to one place is the title's link already.
        ways = [*(actions(facts, words) if is_alert(facts) else ())]
        ways += [(words("Unsubscribe"), unsubscribe_url)] if unsubscribe_url else []
        footer = "\n\n" + " · ".join(f"[{label}]({url})" for label, url in ways) if ways else ""
        attachment = {
            # Read out by notifications, which know no marks.
            "fallback": MENTION.sub(f"@{INVISIBLE}", cut(title(facts, words), 500)),
            "color": f"#{colour(facts):06x}",
            "title": MATTERMOST.title(title(facts, words), 1000),
            "title_link": facts.url,
            "text": MATTERMOST.write(message(facts, words), 6000) + footer,
            "fields": [
                {"title": name, "value": MATTERMOST.write(literal(value), 2000), "short": False}
                for name, value in details(facts, words)
            ],
        }
        return {"attachments": [attachment]}
