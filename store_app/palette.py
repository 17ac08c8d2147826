"""The command palette's entries: every action of the registry that works right now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from store_app.actions import Action
from store_app.key_words import key_words
from store_app.reachable import reachable

Run = Callable[[], Awaitable[bool]]


class ActionProvider(Provider):
    """Offers what the screen underneath can do; an action that is off is not listed."""

    async def discover(self) -> Hits:
        """All actions, before anything is typed."""
        for action, run in self._available():
            yield DiscoveryHit(_words(action), run, help=action.help)

    async def search(self, query: str) -> Hits:
        """The actions whose label or sentence matches what was typed."""
        matcher = self.matcher(query)
        for action, run in self._available():
            words = _words(action)
            score = max(matcher.match(words), matcher.match(action.help))
            if score > 0:
                yield Hit(score, matcher.highlight(words), run, help=action.help)

    def _available(self) -> Iterator[tuple[Action, Run]]:
        for action, node in reachable(self.screen).values():
            if action.palette:
                yield action, partial(self.app.run_action, action.call, node)


def _words(action: Action) -> str:
    return f"{action.label} ({key_words(action.key)})"
