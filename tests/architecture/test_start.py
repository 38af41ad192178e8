"""Every command waits for what Django's start imports, so it imports what every command needs."""

import json
import subprocess
import sys

import pytest

from tests import ROOT

PROGRAM = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "statuspage.settings"
import django
django.setup()
started = sorted(sys.modules)
from django.contrib import admin
before = len(admin.site._registry)
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps([started, before, len(admin.site._registry)]))
"""
LATER = (
    "allauth.mfa.base.views",  # signing in
    "django.contrib.auth.admin",
    "dns",  # checks
    "monitors.probers.http",
    "opentelemetry",  # traces
    "psycopg",  # what another database needs
    "rest_framework.serializers",  # the API
    "statuspage.admin",
    "statuspage.publishing.projector",  # pages
    "statuspage.urls",
)


@pytest.fixture(scope="module")
def start() -> tuple[list[str], int, int]:
    """What a command has imported when it begins, and the admin's pages then and with routes."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, check=True, capture_output=True)
    imported, before, after = json.loads(ran.stdout)
    return imported, before, after


@pytest.mark.parametrize("name", LATER)
def test_a_command_starts_without(name: str, start: tuple[list[str], int, int]) -> None:
    imported, _, _ = start
    assert name not in imported


def test_the_admin_comes_with_the_routes(start: tuple[list[str], int, int]) -> None:
    _, before, after = start
    assert before == 0
    assert after > 20
