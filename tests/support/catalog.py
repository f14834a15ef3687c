"""What relations lead to, as the application has it."""

from graft.app import ENDPOINTS, RESOURCES
from graft.web.relations import catalog_of

CATALOG = catalog_of(RESOURCES, ENDPOINTS)
