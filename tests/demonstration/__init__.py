"""Tests of the demonstration, as far as they need no Home Assistant of their own."""
