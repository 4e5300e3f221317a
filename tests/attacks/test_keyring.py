"""A program reads the keys of the session that the sandbox was started in."""

from __future__ import annotations

from world.keyring_holder import READ, holding_a_key
from world.passable import passable_folder
from world.sandboxed import run


def test_key_of_the_session_is_not_read() -> None:
    program = f"{READ}\nopen('/out/answer', 'w').write(found)\n"
    with passable_folder() as folder:
        _, answer = holding_a_key(lambda: run(folder, program))
    assert answer == "nothing"
