"""Sent programs and sealed tokens in dictionaries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from market.entities.sent_program import SentProgram
from market.policy.operation.limits import refuse_more_programs
from market.ports.people import People


@dataclass
class MemorySentPrograms:
    people: People
    kept: dict[tuple[str, str], SentProgram] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def note(self, program: SentProgram, *, most_bytes: int) -> None:
        self.people.organisation(program.organisation)
        own = self.of_organisation(program.organisation)
        refuse_more_programs(
            program.organisation,
            most_bytes,
            taken=sum(one.size_bytes for one in own if one.digest != program.digest),
            more=program.size_bytes,
        )
        self.kept[program.organisation, program.digest] = program

    def need(self, organisation: str, digest: str, *, now: int) -> bool:
        found = self.kept.get((organisation, digest))
        if found is not None:
            self.kept[organisation, digest] = replace(found, needed_at=now)
        return found is not None

    def find(self, digest: str) -> list[SentProgram]:
        return [one for one in self._all() if one.digest == digest]

    def of_organisation(self, organisation: str) -> list[SentProgram]:
        return [one for one in self._all() if one.organisation == organisation]

    def due(self, *, before: int) -> list[SentProgram]:
        return [one for one in self._all() if one.needed_at < before]

    def _all(self) -> list[SentProgram]:
        return [self.kept[name] for name in sorted(self.kept)]

    def forget(self, program: SentProgram) -> None:
        if self.kept.get((program.organisation, program.digest)) == program:
            del self.kept[program.organisation, program.digest]

    def keep_token(self, job: str, sealed: str) -> None:
        self.tokens.setdefault(job, sealed)

    def token(self, job: str) -> str:
        return self.tokens.get(job, "")

    def jobs_with_token(self) -> list[str]:
        return sorted(self.tokens)

    def drop_token(self, job: str) -> None:
        self.tokens.pop(job, None)
