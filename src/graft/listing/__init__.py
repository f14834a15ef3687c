"""Lists."""

from graft.listing.errors import InvalidCursor, ListingError, Problem
from graft.listing.page import Page, PageInfo, fetch_page
from graft.listing.query import Query
from graft.listing.resolve import read_query
from graft.listing.resource import Field, Relation, Resource, shorthands
from graft.listing.scalars import BOOL, DECIMAL, FLOAT, INT, JSON, TEXT, TIMESTAMP, Scalar, enumeration, identifier
from graft.listing.sql import FALSE, TRUE, Param, Sql, sql

__all__ = [
    "BOOL",
    "DECIMAL",
    "FALSE",
    "FLOAT",
    "INT",
    "JSON",
    "TEXT",
    "TIMESTAMP",
    "TRUE",
    "Field",
    "InvalidCursor",
    "ListingError",
    "Page",
    "PageInfo",
    "Param",
    "Problem",
    "Query",
    "Relation",
    "Resource",
    "Scalar",
    "Sql",
    "enumeration",
    "fetch_page",
    "identifier",
    "read_query",
    "shorthands",
    "sql",
]
