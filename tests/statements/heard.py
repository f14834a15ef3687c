"""Hears what a Graft under test says to PostgreSQL, and objects to what breaks the rules of statements and of tables."""

import re
from collections.abc import Generator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from tests.statements.fan_outs import SEVERAL_WORKSPACES
from tests.statements.owners import objections
from tests.statements.rules import Violation, catalogue_locked, violations, workspace_lists, workspaces_written
from tests.statements.senders import note_senders, sender

# What a platform admin's reads may break: they ask all workspaces.
_EVERYWHERE = frozenset({"unbound", "borrowed", "join", "lateral-aggregate"})

# The work of a tenant, by who sends its statements and by its calls: no row of the catalogue is locked for it, where it
# would keep authors and other tenants waiting. (An import may be into a draft, which is its author's.)
_TENANTS = frozenset({"definitions", "entities", "installs", "operations", "upgrades"})
_TENANTS_CALLS = re.compile(
    r"POST /api/integrations/[^/]+/install$"
    r"|\w+ /api/(integration-installs|integration-members|solutions|auth-states|entities(?!/import))\b"
)


@dataclass(slots=True)
class Request:
    """One request: who asks what, its statements, and the workspaces whose rows it wrote."""

    token: str | None
    name: str
    statements: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    over: bool = False


note_senders()

# A listener is called in the context of what sent the statement.
_request: ContextVar[Request | None] = ContextVar("request", default=None)


class Hearing:
    """A listener. `objections`: the token of the request, the statement, and what it breaks.

    `sent`: each text, once for each package that sent it.
    """

    def __init__(self) -> None:
        self.objections: list[tuple[str | None, str, Violation]] = []
        self.sent: set[tuple[str | None, str]] = set()

    def __call__(self, statement: str, values: Sequence[Any]) -> None:
        request = _request.get()
        found = [*violations(statement)]
        found += [Violation(rule, detail) for rule, detail in objections(sender(), statement)]
        self.sent.add((sender(), statement))
        if any(not values[number - 1] for number in workspace_lists(statement)):
            found.append(Violation("empty-list", "a list of workspaces is empty: do not ask"))
        tenants = sender() in _TENANTS or (request is not None and _TENANTS_CALLS.match(request.name))
        if tenants:
            found += [
                Violation("catalogue-lock", f"{name}: a row of it is locked") for name in catalogue_locked(statement)
            ]
        self._object(request and request.token, statement, *found)
        # a task that a request starts keeps its context, also when it has its reply
        if request is not None and not request.over:
            request.statements.append(statement)
            request.written |= {str(values[number - 1]) for number in workspaces_written(statement)}

    @contextmanager
    def request(self, token: str | None, method: str, path: str) -> Generator[Request]:
        """Inside, the statements are those of one request, which is one transaction."""
        request = Request(token, f"{method} {path}")
        before = _request.set(request)
        try:
            yield request
        finally:
            _request.reset(before)
            request.over = True
        if len(request.written) > 1 and not any(pattern.match(request.name) for pattern in SEVERAL_WORKSPACES.values()):
            self._object(token, request.name, Violation("two-workspaces", "one transaction wrote several workspaces"))

    def suspects(self) -> set[str]:
        """The tokens whose statements would be in order if they were a platform admin's."""
        return {token for token, _, violation in self.objections if token and violation.rule in _EVERYWHERE}

    def judge(self, platform_admins: AbstractSet[str] = frozenset()) -> None:
        """Fail with all objections but those to what platform admins read."""
        left = [
            f"{violation.rule}: {violation.detail}\n{statement.strip()}"
            for token, statement, violation in self.objections
            if not (token in platform_admins and violation.rule in _EVERYWHERE)
        ]
        assert not left, "These statements break rules of tests/statements:\n\n" + "\n\n".join(left)

    def _object(self, token: str | None, statement: str, *found: Violation) -> None:
        self.objections += [(token, statement, violation) for violation in found]
