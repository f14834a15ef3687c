"""What an install would take and all that stands in its way, without installing anything."""

from collections.abc import Sequence
from typing import Any

import msgspec

from graft import jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden, GraftError, Invalid, Problem, Problems
from graft.ids import Id
from graft.installs import queries, requirements
from graft.installs.access import access_auth_state
from graft.installs.choose import choose, parent_of, unknown_slugs, version_to_install
from graft.installs.models import InstallCheck, InstallProblem, InstallRequest
from graft.installs.preview import entries
from graft.installs.rows import ActiveInstall, Values
from graft.integrations.access import SeenIntegration
from graft.manifest import manifest
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


class _Obstacles:
    """Collects what the checks of an install refuse, in place of ending with the first."""

    def __init__(self) -> None:
        self.found: list[InstallProblem] = []
        # of all together, as one reply tells them
        self._budget = Problems()

    @property
    def left_out(self) -> int:
        return self._budget.left_out

    def __enter__(self) -> None:
        """A block that ends with what it is refused."""

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> bool:
        if isinstance(error, Invalid):
            self.note(error.problems)
        elif isinstance(error, (Conflict, Forbidden)):
            self._note_refusal(error)
        else:
            return False
        return True

    def note(self, problems: Problems) -> None:
        for problem in problems:
            self._add(InstallProblem(400, problem.code, problem.detail, problem.pointer))
        self._budget.left_out += problems.left_out

    def _note_refusal(self, error: GraftError) -> None:
        named: dict[str, Any] = dict(error.extra)
        status = 403 if isinstance(error, Forbidden) else 409
        self._add(InstallProblem(status, error.code, error.detail, None, **named))

    def _add(self, problem: InstallProblem) -> None:
        before = len(self._budget)
        self._budget.add(Problem(problem.pointer or "", problem.code, problem.detail))
        if len(self._budget) > before:
            self.found.append(problem)


async def check_install(
    ctx: ReadContext, seen: SeenIntegration, workspace_id: Id, body: InstallRequest
) -> InstallCheck:
    """Refused as the call itself is where there is no version to look at; what else is wrong stands in the reply."""
    version = await version_to_install(ctx, seen, body.integration_version_id)
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    members = (await members_of(ctx, [version.id]))[version.id]
    active = await queries.select_active(ctx.db, workspace_id)
    chosen = choose(members, parsed, body)
    obstacles, values = _Obstacles(), None

    obstacles.note(Problems(unknown_slugs(members, body)))
    with obstacles:
        values = requirements.check_variables(version, parsed, body.variables)
    with obstacles:
        await access_auth_state(ctx, version, workspace_id, body.auth_state_id)
    _note_needs(obstacles, ctx.caller.tier_in(workspace_id), version, active, body)
    if values is not None:
        taken = [choice.member for choice in chosen.values()]
        typed = requirements.typed(version, values.variables)
        obstacles.note(await check_rendered(ctx, taken, values.variables, typed))

    return InstallCheck(
        f"int_{seen.id}",
        f"intver_{version.id}",
        version.version,
        body.workspace_id,
        not obstacles.found and not obstacles.left_out,
        entries(ctx.process.kinds, members, chosen),
        _shown(values),
        obstacles.found,
        obstacles.left_out,
    )


def _note_needs(
    obstacles: _Obstacles, tier: Tier, version: FoundVersion, active: Sequence[ActiveInstall], body: InstallRequest
) -> None:
    """What the version needs of the workspace, and who may give it."""
    parent_id, parent_known = None, False
    with obstacles:
        parent_id = parent_of(body.parent_install_id, active)
        parent_known = True
    with obstacles:
        requirements.check_dependencies(version, active)
    asked = set(version.permissions)
    exact = set(body.accept_permissions or ()) == asked
    with obstacles:
        requirements.check_consent(tier, version, (), body.accept_permissions)
    if asked and not exact and tier < Tier.ADMIN:
        # who reads this may ask for both at once
        with obstacles:
            requirements.check_consent(tier, version, (), version.permissions)
    if parent_known and not version.allow_multiple_installs:
        with obstacles:
            requirements.refuse_second(version.integration_id, parent_id, active)


def _shown(values: Values | None) -> msgspec.Raw | None:
    return None if values is None else msgspec.Raw(values.filled)
