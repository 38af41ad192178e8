"""Models: subscribers, operators' alerts, notices and their deliveries, holds."""

from subscribers.models.alerts import Alert, AlertChannel, AlertRoute, AlertStep
from subscribers.models.bounce import Bounce
from subscribers.models.delivery import Delivery, Notice
from subscribers.models.endpoint import Endpoint
from subscribers.models.holding import Hold, Mark
from subscribers.models.subscriber import SignUp, Subscriber, Suspension

__all__ = [
    "Alert", "AlertChannel", "AlertRoute", "AlertStep", "Bounce", "Delivery", "Endpoint", "Hold",
    "Mark", "Notice", "SignUp", "Subscriber", "Suspension",
]  # fmt: skip
