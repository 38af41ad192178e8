"""Formats of dates and times in the German admin: the 24-hour clock.

Fields are filled in the form that scripts and copied values have, and take the German one too.
"""

DATE_FORMAT = "j. M Y"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = "j. M Y, H:i:s"
SHORT_DATE_FORMAT = "j. M Y"
SHORT_DATETIME_FORMAT = "j. M Y, H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"]
