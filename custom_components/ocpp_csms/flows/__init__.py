"""FLOWS: the forms of subentries; that of the entry is `config_flow`."""
