"""What a webhook has besides its address: what its messages are signed with, and who owns it."""

from django.db import models

from components.secrets.fields import SealedField
from subscribers.models.subscriber import Subscriber


class Endpoint(models.Model):
    """One webhook's signing secrets. During a rotation the former one signs as well."""

    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.CASCADE, primary_key=True, related_name="endpoint"
    )
    secret = SealedField()
    former_secret = SealedField()
    former_until = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        Subscriber, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    """The confirmed mail address that is told when the endpoint is suspended, if one is known."""

    def __str__(self) -> str:
        return f"endpoint of subscriber {self.subscriber_id}"
