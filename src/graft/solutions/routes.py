"""The calls on solutions."""

from graft.solutions.listing import LIST, MEMBER_LIST
from graft.solutions.models import Solution, SolutionMember
from graft.solutions.read import read_solution
from graft.web.endpoint import Call

CALLS = [
    Call("GET", "/api/solutions", LIST, "List solutions.", Solution, list_resource=LIST.resource),
    Call("GET", "/api/solutions/{id}", read_solution, "Read a solution.", Solution, path_id="sol"),
    Call(
        "GET",
        "/api/solution-members",
        MEMBER_LIST,
        "List the clones that solutions group.",
        SolutionMember,
        list_resource=MEMBER_LIST.resource,
    ),
]
