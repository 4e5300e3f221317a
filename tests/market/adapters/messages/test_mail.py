"""Mail, through a real SMTP server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from world.loopback import free_port

from market.adapters.messages.mail import MailServer, send_mail
from market.entities.notices import Letter
from market.errors import Refused, Unavailable

LETTER = Letter("bob@north.example", "job-1 waits für you", "Job job-1 waits.\nhttps://m.example\n")


class Inbox:
    """Keeps what comes; answers `answer` to whoever is named."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.kept: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append(envelope.content)
        return "250 Taken"


@contextmanager
def served(inbox: Inbox, **settings: Any) -> Iterator[MailServer]:
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, "none", "", "", "market@market.example")
    finally:
        controller.stop()


def test_a_letter_arrives_as_it_was_written() -> None:
    inbox = Inbox()
    with served(inbox) as server:
        send_mail(server, LETTER)
    (raw,) = inbox.kept
    message = message_from_bytes(raw, policy=default)
    assert message["To"] == "bob@north.example"
    assert message["From"] == "market@market.example"
    assert message["Subject"] == "job-1 waits für you"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize("answer", ["550 No such user", "553 Not here"])
def test_a_letter_that_is_not_taken_is_refused(answer: str) -> None:
    with served(Inbox(answer)) as server, pytest.raises(Refused, match="mail-refused"):
        send_mail(server, LETTER)


def test_a_server_that_is_busy_is_asked_again_later() -> None:
    with served(Inbox("451 Later")) as server, pytest.raises(Unavailable, match="mail-failed"):
        send_mail(server, LETTER)


def test_a_server_that_is_away_is_asked_again_later() -> None:
    away = MailServer("127.0.0.1", free_port(), "none", "", "", "market@market.example")
    with pytest.raises(Unavailable, match="mail-failed"):
        send_mail(away, LETTER)


def test_nothing_is_sent_in_the_clear_where_tls_is_set() -> None:
    """The server offers no STARTTLS: whoever stands between could have taken it out."""
    inbox = Inbox()
    with served(inbox) as server:
        asked = MailServer(server.host, server.port, "starttls", "", "", server.sender)
        with pytest.raises(Unavailable, match="mail-failed"):
            send_mail(asked, LETTER)
    assert inbox.kept == []


def test_without_a_server_it_says_so() -> None:
    with pytest.raises(Refused, match="mail-off"):
        send_mail(MailServer("", 587, "starttls", "", "", ""), LETTER)


@pytest.mark.parametrize(("password", "is_taken"), [("right", True), ("wrong", False)])
def test_it_says_who_it_is_where_the_server_asks(password: str, is_taken: bool) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == b"right")

    inbox = Inbox()
    asks = {"authenticator": check, "auth_require_tls": False}
    with served(inbox, **asks) as open_server:
        server = MailServer(
            open_server.host, open_server.port, "none", "market", password, open_server.sender
        )
        if is_taken:
            send_mail(server, LETTER)
        else:
            # Tried again: a wrong password is the operator's to mend, and no letter's fault.
            with pytest.raises(Unavailable, match="mail-failed"):
                send_mail(server, LETTER)
    assert len(inbox.kept) == int(is_taken)
