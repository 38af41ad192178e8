"""What people write, parsed once into a message; each shape of it has a writer of its own.

Pure: a message knows no page, no mail and no chat. A writer cuts the message (`shortened`) before
it escapes anything, so that neither an escape nor an address nor a letter is ever cut in two.
"""
