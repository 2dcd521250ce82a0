"""What a tally of votes comes to: the rate of an item, and the rows in which an option has more than a share. Pure and exact.

Votes are counts, never ratings: who abstained is in none of them, and where nobody voted there is no rate, which is not 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from include.schemes.tallies import Tally
from include.scoring.explaining import explain


@dataclass(frozen=True)
class Votes:
    """The votes on one item or row, by option in the order of the tally; `weights` by option."""

    name: str
    counts: Mapping[str, int]
    weights: Mapping[str, Decimal]

    @property
    def cast(self) -> int:
        """Votes for any option."""
        return sum(self.counts.values())

    @property
    def rate(self) -> Fraction | None:
        """q = Σ weight × votes ÷ Σ votes (forms.md E3); None where nobody voted."""
        if not self.cast:
            return None
        weighed = sum((Fraction(self.weights[option]) * count for option, count in self.counts.items()), Fraction(0))
        return weighed / self.cast

    def exceeds(self, option: str, share: Fraction) -> bool:
        """Whether the option has more than the share of the votes cast."""
        return bool(self.cast) and Fraction(self.counts[option], self.cast) > share

    @property
    def said(self) -> str:
        """For a sentence: 好 100 票、较好 60 票、一般 15 票、差 5 票."""
        return explain("votes", counts=self.counts)


def votes_of(tally: Tally, values: Mapping[str, str | None]) -> list[Votes]:
    """The votes on each item, or each row that was filled in, by `values` (canonical texts by cell key).

    A row counts where every option has a number; it is known by its place (职务1), never by the name that stands in it.
    """
    found = []
    for row, name in enumerate(tally.names, 1):
        texts = {option: values.get(tally.key_of(row, option)) or "" for option in tally.options}
        if all(texts.values()):
            found.append(Votes(name, {option: int(text) for option, text in texts.items()}, tally.options))
    return found


def votes_on(tally: Tally, item: str, values: Mapping[str, str | None]) -> Votes | None:
    """The votes on one item; None where nothing was reported."""
    return next((votes for votes in votes_of(tally, values) if votes.name == item), None)


def rows_above(tally: Tally, option: str, share: Fraction, values: Mapping[str, str | None]) -> list[Votes]:
    """The rows or items in which an option has more than a share of the votes."""
    return [votes for votes in votes_of(tally, values) if votes.exceeds(option, share)]
