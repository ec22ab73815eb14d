"""Tests of the solar benchmark: figures that are published must not rest on a plant that behaves otherwise than described."""
