"""The demonstration: a Home Assistant of its own, set up as a user would through its interfaces, and chargers to look at."""
