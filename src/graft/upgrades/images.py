"""The before-images of an upgrade: of each row that its plan touches, what the plan changes."""

from graft.installs.given import Given
from graft.installs.rows import CloneRow, InstalledRows, InstallRow
from graft.operations.before import Before, install_image
from graft.upgrades.planned import UpgradePlan


def images_of(plan: UpgradePlan, rows: InstalledRows, install: InstallRow) -> Before:
    """`rows` are those that the plan was made from, `install` the row before."""
    texts = [*plan.rebase, *plan.merge]
    clones = [given.id for given in texts if _moves_more_than_text(given, rows.clones[given.id])]
    clones += [row.id for row, _ in plan.pin]
    clones += [row.id for row, _ in plan.remove if row.clone]
    members = [update.row.id for update in plan.members] + [row.id for row, _ in plan.remove]
    return Before(
        install=install_image(install),
        texts=[(given.id, rows.clones[given.id].base_id, rows.clones[given.id].version_id) for given in texts],
        clones=[rows.clones[clone_id].image for clone_id in clones],
        members=[rows.images[member_id] for member_id in members],
        new=[given.id for _, given in plan.insert],
    )


def _moves_more_than_text(given: Given, clone: CloneRow) -> bool:
    """Whether the clone's name or description may move as well, or whether it was deleted or pinned."""
    assert given.row is not None
    base, member = given.row.base, given.member
    image = clone.image
    plain = image.deleted_at is None and image.pinned_ids is None and image.described_by_base
    return not plain or (base.name, base.description) != (member.name, member.description)
