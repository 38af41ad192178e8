"""One module for each channel; a walk over this folder finds them (`channels.registry`)."""
