"""Django's settings, composed from the environment (see `env.py` for the product's own)."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ

from components.filesystem.atomic_file import create_file
from statuspage.config import mail_providers, sign_in, tracing
from statuspage.config.env import Settings
from statuspage.observability import logs, traces

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
STATUSPAGE = Settings(os.environ)


def _secret_key(settings: Settings) -> str:
    """The signing key: given, or made once and kept beside the data, readable by its owner."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes may start at once: the first one's key stays, and both read that.
    create_file(path, f"{secrets.token_urlsafe(64)}\n".encode("ascii"), mode=0o600, sync=True)
    return path.read_text(encoding="ascii").strip()


def database_config(settings: Settings) -> dict[str, Any]:
    """Return what Django takes for the database that `settings` name."""
    if settings.database_url.startswith("postgres"):
        config: dict[str, Any] = environ.Env.db_url_config(settings.database_url)
        if settings.database_password:
            config["PASSWORD"] = settings.database_password
        config["ENGINE"] = "components.database.postgresql"
        options = config.setdefault("OPTIONS", {})
        # libpq takes several hosts as they are written, but for the brackets of IPv6 addresses.
        config["HOST"] = config["HOST"].replace("[", "").replace("]", "")
        if "," in config["HOST"] or "," in str(options.get("host", "")):
            # Of several servers the one that takes writes: after a fail-over another one does.
            options.setdefault("target_session_attrs", "read-write")
        # A dead or hung server is noticed instead of waited for.
        options.setdefault("connect_timeout", 3)
        options.setdefault("keepalives_idle", 5)
        options.setdefault("keepalives_interval", 2)
        options.setdefault("keepalives_count", 3)
        options.setdefault("tcp_user_timeout", 10_000)
        # Statements are few and repeated: PostgreSQL plans each once a connection, and takes values
        # as they are, which saves a fifth of the time spent on them.
        options.setdefault("server_side_binding", True)
        options.setdefault("prepare_threshold", 5)
        options.setdefault("application_name", f"statuspage {settings.role or 'command'}")
        if settings.role == "web":
            # Only here: the pool breaks in django-q2's forked workers.
            options["pool"] = {
                "min_size": 1,
                "max_size": 8,
                "timeout": 5,
                # Then the next request tries anew, instead of waiting for the pool's own next try,
                # which comes later and later.
                "reconnect_timeout": 4,
            }
        config["CONN_MAX_AGE"] = 0
        return config
    name = settings.database_url.removeprefix("sqlite:///") or str(settings.data_dir / "db.sqlite3")
    if settings.database_url:
        name = str(Path(name if name.startswith("/") else f"/{name}"))
    return {
        "ENGINE": "components.database.sqlite",
        "NAME": name,
        "OPTIONS": {
            # Read-then-write under the default DEFERRED fails at once when another writer is
            # between; IMMEDIATE waits its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA cache_size=-16000;",
        },
    }


SECRET_KEY = _secret_key(STATUSPAGE)
DEBUG = STATUSPAGE.debug
_site = urlsplit(STATUSPAGE.site_url)
ALLOWED_HOSTS = list(STATUSPAGE.allowed_hosts) or [
    *({_site.hostname} if _site.hostname else ()),
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]

INSTALLED_APPS = [
    "statuspage.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.humanize",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_q",
    "simple_history",
    *sign_in.APPS,
    "components",
    "monitors",
    "incidents",
    "maintenance",
    "subscribers",
    "statuspage.apps.StatuspageConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "statuspage.api.middleware.problems",
    "statuspage.access.storable_requests.storable_requests",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # Only for the admin: public pages are rendered in a language, never under one.
    "statuspage.accounts.preferences.admin_preferences",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "statuspage.urls"
ASGI_APPLICATION = "statuspage.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "statuspage.accounts.context.admin_frame",
            ],
            "builtins": [
                "components.backoffice.local_times",
                "components.backoffice.script_texts",
            ],
        },
    }
]
DATABASES = {"default": database_config(STATUSPAGE)}
if STATUSPAGE.role in ("beat", "probes", "notify"):
    # django-q asks Django to close what is old before each look at its queue, five a second.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "admin:login"
# Where a log-in leads whose `next` is refused, for it is not ours.
LOGIN_REDIRECT_URL = "admin:index"
vars().update(sign_in.settings_of(STATUSPAGE))
# Which codes of a second factor have been used: every web process must know.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "statuspage_cache",
    }
}

_https = _site.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "statuspage_session"
CSRF_COOKIE_NAME = "statuspage_csrf"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
# The edge has the scheme right before Django sees a request (`access/client_scheme.py`). Django
# would believe the word that a caller wrote in front of what the proxy appended.
SECURE_PROXY_SSL_HEADER = None
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the sibling hosts of a status page are not ours to speak for
    "security.W008",  # TLS ends at the proxy, and so does the redirect to it
    "security.W021",  # being preloaded is the owner's decision, for the whole domain
]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = STATUSPAGE.body_size_limit_bytes

# What the admin speaks: all that Django does; our own words are in English and German.
USE_I18N = True
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "statuspage.config.formats"
USE_TZ = True
STATIC_URL = "/static/"
# The admin's few files are found where the packages keep them: no collectstatic step.
WHITENOISE_USE_FINDERS = True

if mail_providers.is_provider(STATUSPAGE.email_url):
    _secret = STATUSPAGE.mail_webhook_secret
    vars().update(mail_providers.settings_of(STATUSPAGE.email_url, webhook_secret=_secret))
elif STATUSPAGE.email_url:
    vars().update(environ.Env.email_url_config(STATUSPAGE.email_url))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = STATUSPAGE.mail_from

# Our rows are the queue of record; a task only says "there may be work" (docs/adr/0004).
_queue: dict[str, Any] = {
    "save_limit": -1,
    "ack_failures": True,
    "max_attempts": 1,
    "bulk": 1,
    "catch_up": False,
    # A wake-up may wait half a second: shifts are called for 2.5 s before they are needed.
    "poll": 0.5,
    "scheduler": False,
    "guard_cycle": 0.5,
    "log_level": "WARNING",
    **({"redis": STATUSPAGE.redis_url} if STATUSPAGE.redis_url else {"orm": "default"}),
}
Q_CLUSTER = {
    "name": "probes",
    **_queue,
    # A shift drains while its successor is already claiming, hence one worker more.
    "workers": STATUSPAGE.probe_shifts + 1,
    "queue_limit": STATUSPAGE.probe_shifts + 1,
    "timeout": 120,
    "retry": 1200,
    "ALT_CLUSTERS": {
        "notify": {
            **_queue,
            "workers": STATUSPAGE.notify_workers,
            "queue_limit": STATUSPAGE.notify_workers,
            "timeout": 120,
            "retry": 1200,
        }
    },
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["statuspage.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["statuspage.api.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["statuspage.api.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["statuspage.api.limits.CallerThrottle"],
    "EXCEPTION_HANDLER": "statuspage.api.errors.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "statuspage.openapi.schema.Schema",
}
# Only for whoever generates the document (`make schema`): a server hands out the file.
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Statuspage",
    "DESCRIPTION": "Everything that this status platform answers. Instants are ISO 8601 with an"
    " offset; refusals are RFC 9457 problems.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/"}],
    "DEFAULT_GENERATOR_CLASS": "statuspage.openapi.generator.Generator",
    "COMPONENT_SPLIT_PATCH": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["statuspage.openapi.generator.complete"],
}

LOGGING_CONFIG = "statuspage.observability.logs.configure"
LOGGING: dict[str, Any] = logs.configuration(
    style=STATUSPAGE.log, machine=STATUSPAGE.machine, secrets=STATUSPAGE.secret_texts()
)
# Here, for a role that is forked reads its settings anew.
_traced = tracing.destination(STATUSPAGE)
traces.provide(traces.Destination(**_traced) if _traced else None)
