"""Subscribers in the admin."""

from django.contrib import admin

from subscribers.models import Subscriber


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin[Subscriber]):
    list_display = ["email", "confirmed_at", "created_at"]
    search_fields = ["email"]
    readonly_fields = ["confirmed_at", "created_at"]
    autocomplete_fields = ["components"]
    show_full_result_count = False
