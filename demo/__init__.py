"""The demonstration (`make demo`): the whole life of an integration on real documents, checked by code of its own."""
