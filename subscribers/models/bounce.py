"""Bounces: what came back of the mail that was sent, once for each sending."""

from django.db import models

from subscribers.enums import bounce_kind_choices
from subscribers.models.delivery import Delivery
from subscribers.models.subscriber import Subscriber


class Bounce(models.Model):
    """One mail that came back. A report that is repeated finds it here, and changes nothing."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="bounces")
    sent_as_of = models.DateTimeField()
    """When the delivery was queued: what is sent again can bounce again."""
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.CASCADE, related_name="bounces"
    )
    """None of operators' alerts."""
    kind = models.CharField(max_length=8, choices=bounce_kind_choices)
    status = models.CharField(max_length=11)
    """A status code of RFC 3463, such as `5.1.1`."""
    diagnostic = models.CharField(max_length=500, blank=True)
    """The other server's words, without the address."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "sent_as_of"], name="one_bounce_per_sending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} of delivery {self.delivery_id}"
