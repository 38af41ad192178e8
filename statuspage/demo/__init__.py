"""The demonstration: a platform of small real servers, with a history, that anyone may break."""
