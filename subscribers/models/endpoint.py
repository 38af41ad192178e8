"""Webhook endpoints: the signing secrets and the owner of each."""

from django.db import models

from components.secrets.fields import SealedField
from subscribers.models.subscriber import Subscriber


class Endpoint(models.Model):
    """A webhook's signing secrets and owner. During a rotation the former one signs as well."""

    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.CASCADE, primary_key=True, related_name="endpoint"
    )
    secret = SealedField()
    former_secret = SealedField()
    former_until = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        Subscriber, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    """The confirmed mail address that is notified of a suspension, if one is known."""

    def __str__(self) -> str:
        return f"endpoint of subscriber {self.subscriber_id}"
