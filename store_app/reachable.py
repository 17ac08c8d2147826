"""What can be done on a live screen at this moment."""

from __future__ import annotations

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from store_app.actions import Action, by_id


def reachable(screen: Screen[object]) -> dict[str, tuple[Action, DOMNode]]:
    """What can be done on a live screen now, by id, with the node that does it.

    Actions whose key the focused field takes for itself (Enter in a search box) are included:
    they can still be chosen from the palette.
    """
    registry = by_id()
    nodes = {
        binding.id: node
        for node, binding, enabled, _ in screen.active_bindings.values()
        if binding.id and enabled
    }
    for binding in Binding.make_bindings(screen.BINDINGS):
        if binding.id and screen.check_action(binding.action, ()):
            nodes.setdefault(binding.id, screen)
    return {each: (registry[each], node) for each, node in nodes.items() if each in registry}
