"""Long work of a desk: encrypting, sending, rehearsing, waiting. It goes on as pages come and go.

Work tells its steps and may ask its person; then it waits for the answer. What was stopped, or
ended with its process, is begun again from where it stood: that is the work's own affair.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Literal

from market.desk.failures import failure_of
from market.errors import MarketError, NotFound, Refused

State = Literal["working", "asking", "done", "broken"]


@dataclass(frozen=True, slots=True)
class Step:
    """One named part of the work, in units of its own."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Question:
    """What the work asks before it goes on: a sentence for each line, and what a yes and a no do.
    Where a doubt is asked about, no is what most would say."""

    lines: tuple[str, ...]
    yes: str
    no: str
    is_doubt: bool


class Undertaking:
    """One piece of long work. `path` is where its person goes when it is done."""

    def __init__(self, title: str, back: str) -> None:
        self.number = secrets.token_hex(8)
        self.title = title
        self.back = back
        self.path = back
        self.state: State = "working"
        self.notes: list[str] = []
        self.question: Question | None = None
        self.error: MarketError | None = None
        self._steps: dict[str, Step] = {}
        self._answer: bool | None = None
        self._is_stopped = False
        self._changed = Condition()

    @property
    def steps(self) -> list[Step]:
        """The steps so far, in their order."""
        with self._changed:
            return list(self._steps.values())

    def progress(self, what: str, done: int, total: int) -> None:
        """Tell how far a step is.

        Raises:
            Refused: `stopped`: its person does not want it to go on.
        """
        with self._changed:
            self.check_wanted()
            self._steps[what] = Step(what, done, total)

    def note(self, text: str) -> None:
        """Tell its person something that asks for nothing."""
        with self._changed:
            self.notes.append(text)

    def ask(
        self, lines: Sequence[str], yes: str, *, no: str = "No", is_doubt: bool = False
    ) -> bool:
        """Ask its person, and wait (raises Refused, as `progress`).

        Args:
            yes, no: what either does, as its button says it.
            is_doubt: whether no is what most would say: its button is the first.
        """
        asked = Question(tuple(lines), yes, no, is_doubt)
        with self._changed:
            self.question, self._answer, self.state = asked, None, "asking"
            self._changed.wait_for(lambda: self._answer is not None or self._is_stopped)
            self.question, self.state = None, "working"
            self.check_wanted()
            return bool(self._answer)

    def answer(self, says_yes: bool) -> None:
        """What its person says to the question; without one nothing happens."""
        with self._changed:
            if self.question is not None:
                self._answer = says_yes
                self._changed.notify_all()

    def stop(self) -> None:
        """Have it end at its next step."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def check_wanted(self) -> None:
        """Ask whether its person still wants it (raises Refused, as `progress`)."""
        if self._is_stopped:
            raise Refused(
                "stopped",
                f"You stopped it: {self.title}.",
                "Nothing is lost. Begin again: it goes on from where it stood.",
            )

    def run(self, work: Callable[[Undertaking], str]) -> None:
        """Do the work to its end, whichever that is."""
        try:
            path = work(self)
        except Exception as error:  # noqa: BLE001 - its person is told, and the desk goes on
            self._end("broken", error=failure_of(error))
        else:
            self._end("done", path=path)

    def _end(self, state: State, *, path: str = "", error: MarketError | None = None) -> None:
        with self._changed:
            self.path, self.error, self.state = path or self.back, error, state


@dataclass(slots=True)
class Undertakings:
    """All work of one desk since it was started."""

    _all: dict[str, Undertaking] = field(default_factory=dict)

    def begin(self, title: str, work: Callable[[Undertaking], str], *, back: str) -> Undertaking:
        """Start work in a thread of its own.

        Args:
            work: does it, and returns the path where its person goes on.
            back: the path of the page it was begun from.
        """
        new = Undertaking(title, back)
        self._all[new.number] = new
        Thread(target=new.run, args=(work,), name=f"desk {title}", daemon=True).start()
        return new

    def find(self, number: str) -> Undertaking:
        """Raises NotFound."""
        try:
            return self._all[number]
        except KeyError as error:
            raise NotFound(
                "no-work",
                "This work is not known here: `market ui` was started again since.",
                "Begin it again where you began it: it goes on from where it stood.",
            ) from error

    def under_way(self) -> list[Undertaking]:
        """What has not ended, newest first."""
        return [one for one in reversed(self._all.values()) if one.state in ("working", "asking")]

    def close(self) -> None:
        """Have all of it end."""
        for one in self._all.values():
            one.stop()
