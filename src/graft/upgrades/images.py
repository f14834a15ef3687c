"""The before-images of an upgrade: of each row that its plan touches, what the plan changes."""

from graft.db.connection import Row
from graft.installs.given import Given
from graft.installs.queries import InstalledRows
from graft.operations.before import Before, clone_image, install_image, member_image
from graft.upgrades.plan import UpgradePlan


def images_of(plan: UpgradePlan, rows: InstalledRows, install: Row) -> Before:
    """`rows` are those that the plan was made from, `install` the row before."""
    clones = [given.id for given in plan.rebase if _moves_more_than_text(given, rows.clone_rows[given.id])]
    clones += [row.id for row, _ in plan.pin]
    clones += [row.id for row, _ in plan.remove if row.clone]
    members = [update.row.id for update in plan.members] + [row.id for row, _ in plan.remove]
    return Before(
        install=install_image(install),
        texts=[
            (given.id, rows.clone_rows[given.id]["base_id"], rows.clone_rows[given.id]["version_id"])
            for given in plan.rebase
        ],
        clones=[clone_image(rows.clone_rows[clone_id]) for clone_id in clones],
        members=[member_image(rows.member_rows[member_id]) for member_id in members],
        new=[given.id for _, given in plan.insert],
    )


def _moves_more_than_text(given: Given, clone: Row) -> bool:
    """Whether the clone's name or description may move as well, or whether it was deleted or pinned."""
    assert given.row is not None
    base, member = given.row.base, given.member
    plain = clone["deleted_at"] is None and clone["pinned_ids"] is None and clone["described_by_base"]
    return not plain or (base.name, base.description) != (member.name, member.description)
