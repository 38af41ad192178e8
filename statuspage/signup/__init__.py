"""Sign-up of subscribers: pages, forms, and the links in mails."""
