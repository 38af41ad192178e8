"""The settings of commands that prepare and keep a store: `setup`, `backup`, `restore`."""

from statuspage.config.parsers import Option, mail_address

COMMAND_OPTIONS: tuple[Option, ...] = (
    Option(
        "STATUSPAGE_OWNER_NAME",
        str,
        "admin",
        "User name of the first account, which `setup` or the first start makes.",
    ),
    Option(
        "STATUSPAGE_OWNER_EMAIL",
        mail_address,
        "",
        "Mail address of the first account. Default: none.",
    ),
    Option(
        "STATUSPAGE_OWNER_PASSWORD",
        str,
        "",
        "Password of the first account. Default: one is made and shown once.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_POSTGRES_TOOLS",
        str,
        "",
        "Folder with pg_dump and pg_restore, for backups of PostgreSQL. Default: found in PATH.",
    ),
)
