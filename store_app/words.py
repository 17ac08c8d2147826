"""The seam for other languages: every sentence for people passes through `_`."""

from __future__ import annotations

from gettext import NullTranslations

LOCALE = "en_GB"
"""Locale of numbers, dates and country names: the one in which the words below are written."""

_catalogue = NullTranslations()

_ = _catalogue.gettext
"""A sentence in the language of the person; English as long as there is no catalogue."""

plural = _catalogue.ngettext
"""The singular or the plural sentence for a number, in the language of the person."""
