"""Signing in, by every way in, and what people keep about their own accounts.

The pages and flows are django-allauth's; here stands what the product adds: its limits, its
journal, its roles, its look.
"""
