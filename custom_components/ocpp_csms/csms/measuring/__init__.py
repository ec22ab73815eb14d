"""MEASURING: from sampled values to what is measured now."""
