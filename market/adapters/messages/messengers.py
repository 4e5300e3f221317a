"""market.ports.notices.Messengers over the network."""

from __future__ import annotations

from dataclasses import dataclass

from market.adapters.messages.mail import MailServer, send_mail
from market.adapters.messages.webhook import post_hook
from market.entities.notices import Letter


@dataclass(frozen=True, slots=True)
class NetworkMessengers:
    """Both channels, as the operator has set them."""

    server: MailServer
    allow_private_hooks: bool

    def mail(self, letter: Letter) -> None:
        """See the port."""
        send_mail(self.server, letter)

    def hook(self, url: str, body: bytes) -> None:
        """See the port."""
        post_hook(url, body, allow_private=self.allow_private_hooks)
