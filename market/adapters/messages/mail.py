"""Mail, handed to the operator's own server (SMTP, RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from market.entities.notices import Letter
from market.errors import Refused, Unavailable

Security = Literal["starttls", "tls", "none"]
_SECONDS = 20
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `user` is empty where the server asks for none."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str


def send_mail(server: MailServer, letter: Letter) -> None:
    """Hand a letter in.

    Raises:
        Refused: `mail-off`: no server is set; `mail-refused`: it does not take this letter.
        Unavailable: `mail-failed`: it does not answer, or not now.
    """
    if not server.host:
        raise Refused(
            "mail-off",
            "This platform sends no mail: no server is set.",
            "Ask its operator to set smtp_host and mail_from, or use a webhook.",
        )
    message = _message(server, letter)
    try:
        with _connected(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused) as error:
        # The operator's to mend: no fault of this letter's.
        raise _unavailable(server, f"answered {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _answered(max(code for code, _text in error.recipients.values())) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _unavailable(server, f"was not reached: {type(error).__name__}") from error


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2] or None)
    # No program is to answer it with another mail (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    if server.security == "starttls":
        try:
            connection.starttls(context=ssl.create_default_context())
        except BaseException:
            # Whatever ends it, an interrupt too, the caller has no connection yet to close.
            connection.close()
            raise
    return connection


def _unavailable(server: MailServer, what: str) -> Unavailable:
    return Unavailable(
        "mail-failed",
        f"The mail server {server.host} {what}.",
        "It is tried again. The operator looks at the settings that begin with smtp_, and at "
        "mail_from.",
    )


def _answered(code: int) -> Refused | Unavailable:
    if code >= _PERMANENT:
        return Refused(
            "mail-refused",
            f"The mail server answered {code}: it does not take this mail.",
            "Look at the address; if it is right, tell the operator.",
        )
    return Unavailable(
        "mail-failed", f"The mail server answered {code}.", "It is tried again by itself."
    )
