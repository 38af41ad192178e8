"""The table of all settings. `docs/settings.md` repeats it, kept complete by a test."""

from statuspage.config.command_options import COMMAND_OPTIONS
from statuspage.config.discovery_options import DISCOVERY_OPTIONS
from statuspage.config.mail_providers import SCHEMES
from statuspage.config.observing_options import OBSERVING_OPTIONS
from statuspage.config.oidc import ROLES, provider_names
from statuspage.config.parsers import (
    Option,
    basic_credentials,
    bounce_address,
    count,
    database_url,
    flag,
    group_name,
    keys,
    machine_name,
    mail_address,
    names,
    names_among,
    networks,
    origins,
    path,
    port,
    references,
    site_url,
    url,
    word,
)
from statuspage.config.retention_options import RETENTION_OPTIONS

OPTIONS: tuple[Option, ...] = (
    Option("STATUSPAGE_DATA_DIR", path, "var", "Folder for everything that `up` writes."),
    Option("STATUSPAGE_SITE_NAME", str, "Status", "Name shown on the page."),
    Option(
        "SITE_URL",
        site_url,
        "",
        "Public address; the only source of absolute links. Default: http://HOST:PORT of `up`, "
        "with localhost for an address that stands for all (0.0.0.0); `manage.py doctor` says so.",
    ),
    Option(
        "DATABASE_URL",
        database_url,
        "",
        "PostgreSQL, as postgres://user:password@host:5432/name. Default: SQLite in the data "
        "folder.",
        secret=True,
    ),
    Option(
        "DATABASE_PASSWORD",
        str,
        "",
        "The password of DATABASE_URL, as it is: in an address / and @ would have to be encoded.",
        secret=True,
    ),
    Option(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "Optional broker for the workers' wake-ups, and place of the counts of log-ins and "
        "sign-ups (an extra); the database serves without it.",
        secret=True,
    ),
    Option(
        "EMAIL_URL",
        url("smtp", "smtp+tls", "smtp+ssl", "submission", "consolemail", "dummymail", *SCHEMES),
        "",
        "Mail server, as smtp+tls://user:password@host:587, or a provider through Anymail (an "
        "extra), as anymail+postmark://?server_token=KEY. Default: no mail is sent.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECRET_KEY",
        str,
        "",
        "Signing key, the same on every machine. Default: made at first start and kept in the data "
        "folder, mode 0600.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECRET_KEYS",
        keys,
        "",
        "Keys that seal stored secrets, the newest first, separated by commas; the same on every "
        "machine. Default: made when first needed and kept in `secrets.keys` in the data folder, "
        "mode 0600.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_MAIL_FROM",
        mail_address,
        "",
        "The sender's address of all mail. Default: status@ and the host of SITE_URL.",
    ),
    Option(
        "STATUSPAGE_BOUNCE_ADDRESS",
        bounce_address,
        "",
        "Mailbox for bounces, as bounces@status.example.com; each mail's envelope names it with a "
        "signed token, as bounces+TOKEN@status.example.com. Default: the sender's address, without "
        "one.",
    ),
    Option(
        "STATUSPAGE_MAIL_WEBHOOK_SECRET",
        basic_credentials,
        "",
        "What the mail provider's webhooks sign in with, as USER:PASSWORD; opens /anymail/. "
        "Default: it stays closed.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_MAILS_PER_MINUTE",
        count(0, 1_000_000),
        "0",
        "How many mails are sent in a minute at most, as mail providers ask for; 0: no limit.",
    ),
    Option(
        "STATUSPAGE_UNDO_SECONDS",
        count(0, 300),
        "15",
        "Seconds that mails and hooks wait when somebody publishes in the admin; until then it can "
        "be undone. 0: no wait.",
    ),
    Option(
        "STATUSPAGE_NOTIFY_WORKERS",
        count(1, 16),
        "2",
        "How many processes send notifications.",
    ),
    Option("STATUSPAGE_HOST", str, "127.0.0.1", "Address the listeners of `up` bind to."),
    Option("STATUSPAGE_PORT", port, "3000", "Public listener."),
    Option("STATUSPAGE_MANAGEMENT_PORT", port, "3001", "Management listener."),
    Option(
        "STATUSPAGE_MANAGEMENT_HOST",
        str,
        "127.0.0.1",
        "Address of the management listener; it tells about the inside, so keep it private.",
    ),
    Option(
        "STATUSPAGE_INTERNAL_PORT",
        port,
        "3005",
        "Internal listener: for agents, readers and heartbeats only.",
    ),
    Option("STATUSPAGE_INTERNAL_HOST", str, "127.0.0.1", "Address of the internal listener."),
    Option(
        "STATUSPAGE_READINESS",
        names_among("openai", "vertex", "snowflake"),
        "",
        "Readiness listeners to open, separated by commas: openai, vertex, snowflake.",
    ),
    Option("STATUSPAGE_OPENAI_PORT", port, "3003", "Readiness as OpenAI: `/v1/models`."),
    Option("STATUSPAGE_VERTEX_PORT", port, "3002", "Readiness as Vertex AI: `/health`."),
    Option("STATUSPAGE_SNOWFLAKE_PORT", port, "3004", "Readiness as Snowflake: `/healthcheck`."),
    Option("STATUSPAGE_ENABLE_METRICS", flag, "true", "`/metrics` on the management listener."),
    Option("STATUSPAGE_ECHO", flag, "false", "Log each request's line."),
    *OBSERVING_OPTIONS,
    Option(
        "STATUSPAGE_ALLOW_REMOTE_IMAGES",
        flag,
        "false",
        "Whether public messages may show images from other hosts, by https.",
    ),
    Option(
        "STATUSPAGE_WEBSOCKET_ORIGINS",
        origins,
        "",
        "Other sites whose pages may listen at `/ws/status`, as https://www.example.com, separated "
        "by commas. Default: none.",
    ),
    Option(
        "STATUSPAGE_ROBOTS",
        str,
        "",
        "What every public page's `robots` says to search engines, as `noindex`. Default: nothing.",
    ),
    Option("STATUSPAGE_SERVER", word("uvicorn", "daphne"), "uvicorn", "ASGI server of `up`."),
    Option(
        "STATUSPAGE_WEB_PROCESSES",
        count(1, 64),
        "1",
        "How many web processes `up` and `web` run on the same ports; more than there are cores "
        "gain nothing.",
    ),
    Option(
        "STATUSPAGE_ALLOWED_HOSTS",
        names,
        "",
        "Host names the admin answers to, separated by commas. Default: that of SITE_URL and "
        "this machine's loopback names.",
    ),
    Option(
        "STATUSPAGE_PASSWORD_LOGIN",
        flag,
        "true",
        "Whether people may sign in with a password; passkeys, providers and `breakglass` remain.",
    ),
    Option(
        "STATUSPAGE_SECOND_FACTOR",
        names_among(*ROLES, "nobody"),
        "",
        "Roles that must have a second factor, separated by commas, or nobody. Default: owners, "
        "once one of them has set one up.",
    ),
    Option(
        "STATUSPAGE_OIDC_PROVIDERS",
        provider_names,
        "",
        "OpenID Connect providers that people may sign in with, by names of your own, separated by "
        "commas. Each has the settings below, with its name in capitals.",
    ),
    Option(
        "STATUSPAGE_NUM_PROXIES",
        count(0, 20),
        "0",
        "How many of your own proxies stand in front and append to X-Forwarded-For; what callers "
        "write into it is never believed. A request with fewer addresses in it counts by its "
        "socket. While it is 0 and a proxy stands in front, all visitors share one limit of "
        "sign-ups and log-ins; the desk and `manage.py doctor` say so. From 1 on X-Forwarded-Proto "
        "is believed too: answers to what came by HTTPS have Strict-Transport-Security.",
    ),
    Option(
        "STATUSPAGE_API_REQUESTS_PER_MINUTE",
        count(1, 10**9),
        "6000",
        "Requests to the APIs that a token may make in a minute, of all web processes together.",
    ),
    Option(
        "STATUSPAGE_ANONYMOUS_REQUESTS_PER_MINUTE",
        count(1, 10**9),
        "120",
        "Requests to the APIs without a valid token that an address may make in a minute.",
    ),
    Option("STATUSPAGE_DEBUG", flag, "false", "Django's debug pages; never in production."),
    Option(
        "STATUSPAGE_REGION",
        str,
        "global",
        "Code of the region that this machine's workers probe from.",
    ),
    Option(
        "STATUSPAGE_AGENT_TOKEN",
        str,
        "",
        "The token with which `manage.py agent` calls the server.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_MACHINE",
        machine_name,
        "",
        "Name of this machine among those that share the database. Default: its host name.",
    ),
    Option(
        "STATUSPAGE_HEARTBEAT_CHECK_INTERVAL",
        count(1, 60),
        "1",
        "Seconds between looks at the ages of heartbeats.",
    ),
    Option(
        "STATUSPAGE_READER_MESSAGE_TIMEOUT_MS",
        count(50, 60_000),
        "500",
        "Milliseconds an agent's report may take before the listener gives up on it.",
    ),
    Option(
        "STATUSPAGE_RESERVED_CONSUMERS",
        group_name,
        "primary",
        "Consumer group kept free for notifications: no probe may join it.",
    ),
    Option(
        "STATUSPAGE_PROBE_SHIFTS",
        count(1, 16),
        "1",
        "How many probe shifts run at a time; one carries 1,000 monitors at 10 s with ease.",
    ),
    Option(
        "STATUSPAGE_PRIVATE_TARGETS",
        flag,
        "true",
        "Whether monitors may watch private and loopback addresses; metadata addresses never.",
    ),
    Option(
        "STATUSPAGE_PROBERS",
        names,
        "",
        "Python modules with kinds of monitors from elsewhere, separated by commas.",
    ),
    Option(
        "STATUSPAGE_ALLOWED_NETWORKS",
        networks,
        "",
        "Private networks open to monitors all the same, as CIDR, separated by commas.",
    ),
    Option("STATUSPAGE_SNS_TOPICS", names, "", "ARNs of Amazon SNS topics that send alerts."),
    Option(
        "STATUSPAGE_HOOK_NETWORKS",
        networks,
        "",
        "Private networks that subscribers' webhooks may be in, as CIDR, separated by commas; "
        "without it, public addresses only.",
    ),
    Option(
        "STATUSPAGE_REFERENCE_TARGETS",
        references,
        "",
        "What always answers while this machine has a network, as HOST:PORT or https://HOST, "
        "separated by commas: asked when checks fail, so that the loss of our own network is never "
        "taken for an outage. Default: none, and every failure counts.",
    ),
    Option(
        "STATUSPAGE_REFERENCE_QUORUM",
        count(1, 100),
        "1",
        "How many of the reference targets must answer for the network to be there.",
    ),
    Option(
        "STATUSPAGE_BODY_SIZE_LIMIT_BYTES",
        count(1024, 1 << 30),
        "2097152",
        "Larger request bodies are answered 413, but those of pings, which count.",
    ),
    Option(
        "STATUSPAGE_CONTAINER_SOCKETS",
        names,
        "",
        "Container engines that monitors may ask, as unix:///path or tcp://host:port, separated "
        "by commas. Whoever may talk to such a socket rules its machine; statuspage only reads.",
    ),
    Option(
        "STATUSPAGE_PING_BODY_BYTES",
        count(0, 1_000_000),
        "10000",
        "How much of what is sent with a ping is kept; the rest is cut.",
    ),
    Option(
        "STATUSPAGE_REPOSITORY_PATH",
        path,
        "",
        "Where the page's static copy is written. Default: `repository` in the data folder.",
    ),
    *DISCOVERY_OPTIONS,
    *RETENTION_OPTIONS,
    *COMMAND_OPTIONS,
)
