"""Frames with the oddities of real charge points, and what a tolerant central system makes of them."""
