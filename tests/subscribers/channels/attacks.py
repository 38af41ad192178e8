"""Text from people that would do harm in a chat that took it for its own mark-up."""

from dataclasses import replace

from subscribers.message import ActiveIncident, Change, Facts
from tests.subscribers.news import INCIDENT

ATTACKS = [
    "<!channel> <@U1> <https://evil.example|click>",
    "@everyone @here [click](javascript:alert(1)) **bold** `code`",
    "<script>alert(1)</script>",
    "{{7*7}} %(x)s ]]>",
]


def everywhere(attack: str) -> Facts:
    """A message that has it wherever people may write."""
    return replace(
        INCIDENT,
        headline=attack,
        message=attack,
        components=(attack,),
        changes=(Change(attack, "major_outage"),),
        incidents=(ActiveIncident(attack, "major", "identified", "https://x.example"),),
    )
