"""Tell an author all that publish would refuse, while the draft is written: nothing is published, nothing stored."""

from graft.auth.caller import Tier
from graft.errors import Invalid, Problem, Problems
from graft.ids import Id
from graft.integrations.access import see_integration
from graft.manifest import semver
from graft.versions import author_queries
from graft.versions.access import refuse_deleted
from graft.versions.author_models import DraftProblems, ProblemsQuery
from graft.versions.compose import all_problems
from graft.versions.draft import compose_in_turn
from graft.versions.publish import no_version
from graft.web.context import PrepareContext


async def read_problems(ctx: PrepareContext, integration_id: Id, query: ProblemsQuery) -> DraftProblems:
    """An empty list: the draft could be published now, under `version` if one is named."""
    problems = Problems()
    version = None if query.version is None else semver.parse(query.version)
    if query.version is not None and version is None:
        problems.add(no_version("version"))
    async with ctx.reading() as reading:
        seen = await see_integration(reading, integration_id, Tier.EDITOR)
        refuse_deleted(seen)
        identity = None if version is None else semver.burnt_identity(version)
        if identity is not None and await author_queries.select_burnt(reading.db, integration_id, [identity]):
            problems.add(Problem("version", "version-exists", "This version was published before."))

    try:
        composed = await compose_in_turn(ctx, seen, version and version.text, all_problems)
    except Invalid as error:
        # it is larger than a version may be, and is not read any further
        problems.take(error.problems)
    else:
        problems.take(composed.draft.problems).take(composed.draft.verdict)
    return DraftProblems(problems.found, problems.left_out)
