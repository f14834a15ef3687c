"""Lists: filter, order and keyset pages over declared resources, one SQL statement a page.

    APPS = Resource(
        name="apps",
        source=sql("apps t"),
        visible=lambda caller: sql("t.public or t.workspace_id = any ($1::uuid[])", caller.workspaces),
        deleted_at="t.deleted_at",
        fields={
            "id": Field("t.id", identifier(lambda text: ids.parse("app", text))),
            "name": Field("t.name", TEXT),
            "stars": Field("t.stars", INT, nullable=True),
        },
        relations={"installs": Relation("installs", (("t.id", "t.app_id"),), many=True)},
        shorthands=shorthands("name", "stars"),
    )
    catalog = Catalog([APPS, INSTALLS])
    query = read_query(APPS, request.query_params.multi_items(), catalog)
    shown = Projection(APPS, App)
    page = await fetch_page(connection.fetch, query, caller, columns=sql(shown.columns), key=key, caller=caller.name)
    apps = [*map(shown.reader(), page.rows)]

A list that is asked for again is prepared once (`prepare`, kept in `PreparedLists`) and fetched by `fetch_prepared`.
Its total is counted only when something changed (`Totals`).

The way of a request, a module and a type each:

    parse      text → Request      numbers and JSON read, nothing looked up
    resolve    Request → Query     names are fields and relations, values typed (conditions, ordering)
    compile    Query → Sql         the condition of the rows (keyset: of those beyond a cursor)
    page       Sql → Page          one statement: rows, exact total, what is on either side (stretches, cursor, totals,
                                   weights)

Beside it: `resource` declares, `catalog` knows resources by their names, `projection` shows rows as structs, `scalars`
are the types of fields, `sql` composes text and parameters, `errors`.
Of Graft it imports `jsontext`, which reads JSON strictly, `lru`, and what a problem is (`graft.errors.Problem`).

**Safety.** The type of SQL text is `LiteralString`: names and values of a request do not type-check there. Values are
parameters, lists one array each, so a shape has one text, and prepared statements serve. `visible` holds for the list
and for each row that a relation reaches; a relation also never reaches a deleted row, whatever `include_deleted` says.

**Filters.** `{"AND": […], "OR": […], "NOT": {…}, field: value, field: {op: value}, relation: {…}}`; keys at one level
are ANDed, and so are the operators of one field.
- Null follows the field: every condition is true or false, NOT is its opposite. A null in a field is unlike any value:
  `ne`, `notIn` match it, comparisons and patterns do not. `eq: null` is `isNull: true`, `ne: null` the opposite; a null
  in the list of `in` matches null; `lt: null` and the like are refused.
- Of nothing: `{}` and `AND: []` are true, `OR: []` and `in: []` false.
- A text that is no id of the field's kind is unlike every id: `eq`, `in`, `lt` find nothing by it, `ne` everything. In
  `ids` it names no row.
- A field with a `rank` is equal by itself, and greater or less by its rank (a version: by precedence).
- Text is compared by code points. `icontains` and its like fold case as the database's locale does.
- Numbers: whole ones have 64 bits, `1.0` is whole. Timestamps: RFC 3339 with a zone, to the microsecond.
- To one: `relation: filter`, which is false where there is no row to be seen; `relation: null` where there is none;
  `relation: {}` where there is one. To many: `some`, `every` (also true of no rows), `none`.
- Limits: depth counts AND, OR, NOT and relations above a condition; a node is one of them or one operator.

**Orders.** Up to five keys. `asc` puts nulls last, `desc` first. The id ends every order, in the direction of the key
before it. Where all keys go one way and none can be null, an index on them serves pages however far down.

**Cursors** carry the keys of their row, so it may be deleted meanwhile. They are bound to the caller, list, filter (its
JSON, in any spelling; shorthands, `ids`, `include_deleted`) and order, and not to `limit`.

**Errors.** `ListingError.problems` has all of them, each with its `pointer` (`limit`, `filter/AND/0/name`), `code` and
`detail`: invalid-json, duplicate-key, invalid-text, invalid-value, unknown-value, out-of-range, too-long, too-deep,
too-many, too-many-nodes, too-many-hops, unknown-parameter, repeated-parameter, conflicting-parameters, wrong-type,
unknown-field, unknown-operator, not-filterable, not-orderable.
`InvalidCursor` is one of them: invalid-cursor.

**Bytes.** A list whose rows may be large has a `weight`: the bytes of a row, as columns hold them. A page ends with the
row with which its rows pass 16 MiB, the first one at the earliest; `hasNextPage` and cursors go on from there.

**Cost.** What a filter costs is up to the rows that the caller sees: the total reads them all. Bound it with a
`statement_timeout`. `NOT IN` over tenant rows is fast while they fit `work_mem` (4 MB hold some 200,000 rows).
"""

from graft.listing.catalog import Catalog
from graft.listing.errors import InvalidCursor, ListingError, Rejected
from graft.listing.ordering import DIRECTIONS, MAX_KEYS
from graft.listing.page import Page, PageInfo, PreparedList, PreparedLists, fetch_page, fetch_prepared, prepare
from graft.listing.parse import MAX_IDS, MAX_LIMIT, PAGING, read_paging
from graft.listing.projection import Computed, Projection, Reply, Shown
from graft.listing.query import Paging, Query
from graft.listing.resolve import read_query
from graft.listing.resource import Field, Part, PublicRows, Relation, Resource, Watch, shorthands
from graft.listing.scalars import (
    BOOL,
    DECIMAL,
    FLOAT,
    INT,
    JSON,
    NOTHING,
    TEXT,
    TIMESTAMP,
    Scalar,
    enumeration,
    identifier,
    sort_key,
)
from graft.listing.sql import FALSE, TRUE, Param, Sql, conjunction, fill, sql
from graft.listing.totals import Totals
from graft.listing.weights import Weight, counted, keep_all, keep_until_heavy

__all__ = [
    "BOOL",
    "DECIMAL",
    "DIRECTIONS",
    "FALSE",
    "FLOAT",
    "INT",
    "JSON",
    "MAX_IDS",
    "MAX_KEYS",
    "MAX_LIMIT",
    "NOTHING",
    "PAGING",
    "TEXT",
    "TIMESTAMP",
    "TRUE",
    "Catalog",
    "Computed",
    "Field",
    "InvalidCursor",
    "ListingError",
    "Page",
    "PageInfo",
    "Paging",
    "Param",
    "Part",
    "PreparedList",
    "PreparedLists",
    "Projection",
    "PublicRows",
    "Query",
    "Rejected",
    "Relation",
    "Reply",
    "Resource",
    "Scalar",
    "Shown",
    "Sql",
    "Totals",
    "Watch",
    "Weight",
    "conjunction",
    "counted",
    "enumeration",
    "fetch_page",
    "fetch_prepared",
    "fill",
    "identifier",
    "keep_all",
    "keep_until_heavy",
    "prepare",
    "read_paging",
    "read_query",
    "shorthands",
    "sort_key",
    "sql",
]
