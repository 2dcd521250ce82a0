"""A paragraph of pandoc's tree laid out in lines, the same for Word and PDF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from include.typesetting.fonts import Fonts
from include.typesetting.lines import Line, Ruler
from include.typesetting.markdown import Tree, style_of, text_of
from include.typesetting.measures import get_measures

_ASCII_EM = dict.fromkeys(range(0x20, 0x7F), 0.5)  # where there is no face to ask


@dataclass(frozen=True)
class Piece:
    """Words of a line in one face; `has_gap` where a gap stands before them."""

    text: str
    face: str
    has_gap: bool


@dataclass(frozen=True)
class Laid:
    """The lines of a paragraph; `is_loose` where they could not be filled without too much space between characters."""

    lines: list[list[Piece]]
    natural_pt: list[float]
    is_loose: bool


def lay_out(style: str, inlines: Iterable[Tree], fonts: Fonts | None) -> Laid | None:
    """The lines of a paragraph; None where its style has no place in the grid, or where it breaks its lines itself."""
    measures = get_measures()
    look = measures.styles.get(style)
    runs = list(inlines)
    if look is None or style not in measures.lined_styles or any(inline["t"] == "LineBreak" for inline in runs):
        return None
    text, faces = "", []
    for inline in runs:
        words = text_of([inline])
        text += words
        faces += [style_of(inline) if style_of(inline) in measures.faces else look.face] * len(words)
    advances = {face: _advances(face, fonts) for face in set(faces)}
    ruler = Ruler(text, faces, advances)
    room = measures.line_room_twips - look.left_characters * measures.character_pt * 20
    first = look.first_line_characters * measures.character_pt * 20
    lines = ruler.lines(room, first)
    widest = measures.justification.at_most_em * measures.body_size_pt * 20
    return Laid(
        [_pieces(ruler, faces, line) for line in lines],
        [line.natural / 20 for line in lines],
        any(
            _missing(line, room - first * (place == 0)) > widest * line.stretchable
            for place, line in enumerate(lines[:-1])
        ),
    )


def _missing(line: Line, room: float) -> float:
    return max(0.0, room - line.natural)


def _advances(face: str, fonts: Fonts | None) -> dict[int, float]:
    return fonts.advances_em(get_measures().faces[face].pdf) if fonts else _ASCII_EM


def _pieces(ruler: Ruler, faces: list[str], line: Line) -> list[Piece]:
    """The line cut where a gap stands and where the face changes."""
    number = 0
    cuts = []
    for place in range(line.start, line.end):
        is_new = place > line.start and (ruler.has_gap(place) or faces[place] != faces[place - 1])
        number += is_new
        cuts.append((number, place))
    pieces = []
    for _, group in groupby(cuts, lambda cut: cut[0]):
        places = [place for _, place in group]
        has_gap = places[0] > line.start and ruler.has_gap(places[0])
        pieces.append(Piece(ruler.text[places[0] : places[-1] + 1], faces[places[0]], has_gap))
    return pieces
