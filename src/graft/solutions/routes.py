"""The calls on solutions."""

from graft.solutions.listing import LIST, MEMBER_LIST
from graft.solutions.models import Solution, SolutionMember
from graft.solutions.read import read_solution
from graft.web.endpoint import Endpoint

ENDPOINTS = [
    Endpoint("GET", "/api/solutions", LIST, "List solutions.", Solution, list_resource=LIST.resource),
    Endpoint("GET", "/api/solutions/{id}", read_solution, "Read a solution.", Solution, path_id="sol"),
    Endpoint(
        "GET",
        "/api/solution-members",
        MEMBER_LIST,
        "List the clones that solutions group.",
        SolutionMember,
        list_resource=MEMBER_LIST.resource,
    ),
]
