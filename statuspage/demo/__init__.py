"""The demonstration: a platform of small real servers, with a past, that anybody may break."""
