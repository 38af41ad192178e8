"""The page in the forms that others take with them: feeds, calendars, badges, a banner, plain text.

Everything here is a pure function of the read model, so that it is answered from memory while the
database is away, and says nothing that the page does not.
"""
