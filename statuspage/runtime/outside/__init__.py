"""How the product stands towards the outside: its dead-man's switch, its certificate, its mail."""
