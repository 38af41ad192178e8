"""The operators' own pages within the admin, where several apps come together."""
