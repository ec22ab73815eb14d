"""CARDS: who may charge, and the list of it that a charge point keeps."""
