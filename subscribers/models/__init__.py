"""Who asked to be told, what there is to tell, and what became of it."""

from subscribers.models.delivery import Delivery, Notice
from subscribers.models.subscriber import SignUp, Subscriber, Suspension

__all__ = ["Delivery", "Notice", "SignUp", "Subscriber", "Suspension"]
