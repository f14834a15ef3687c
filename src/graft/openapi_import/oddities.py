"""The warnings of an import: invalid places that it accepts with their evident meaning, and what it leaves out."""

from dataclasses import dataclass, field
from decimal import Decimal

from graft import jsontext
from graft.errors import Problem, Problems
from graft.jsontext import Json, Place, pointer_to
from graft.names import printable
from graft.openapi_import.limits import LIMITS, Limits


@dataclass(slots=True)
class Oddities:
    """Collects the warnings of one import, in the order of reading; those past the limits are only counted."""

    limits: Limits = LIMITS
    warnings: Problems = field(init=False)
    spelled: dict[int, str] = field(default_factory=dict[int, str])
    """id() of a fraction → its text, if Python would write it in another way; used where text belongs."""
    _seen: set[tuple[Place, str]] = field(default_factory=set[tuple[Place, str]])

    def __post_init__(self) -> None:
        self.warnings = Problems(most=self.limits.warnings, room=self.limits.warning_bytes)

    def note(self, place: Place, code: str, detail: str) -> None:
        """Add a warning, once for each place, however many references lead to it."""
        if (place, code) in self._seen:
            return
        self._seen.add((place, code))

        if self.warnings.full:
            self.warnings.left_out += 1
        else:
            self.warnings.add(Problem(pointer_to(place), code, detail))

    def note_name(self, place: Place, name: str) -> None:
        """That the entity of this name is called otherwise, if the name holds what names may not; its key keeps it."""
        if printable(name) != name:
            self.note(
                place, "name-characters", "Characters of the name that steer, turn or hide are blanks in the entity's."
            )

    def spell(self, number: Decimal, text: str) -> None:
        """Remember the text of `number`. It must live as long as the document: it is known by its `id()`."""
        if str(number) != text:
            self.spelled[id(number)] = text

    def text_of_scalar(self, value: Json) -> str:
        """A boolean or number as the text that it was written with."""
        if isinstance(value, Decimal):
            return self.spelled.get(id(value)) or str(value)
        return jsontext.encode(value).decode()
