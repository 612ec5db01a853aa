"""The ownership marker: the last token of a note, whatever people write before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.trade.marker import (
    MAX_NOTE,
    format_marker,
    join_note,
    mentions_marker,
    room_for_note,
    split_note,
)
from smartplan.trade.model import Marker, OnRemove

DOCUMENTED = "weekly support [smartplan1:desk/btc-swing#1 3f9a2c4177b0e1d2 k]"
MARKER = Marker(
    workspace="desk", name="btc-swing", round=1, digests=("3f9a", "2c41", "77b0", "e1d2")
)

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
hexes = st.from_regex(r"[0-9a-f]{4}", fullmatch=True)
markers = st.builds(
    Marker,
    workspace=st.from_regex(r"[a-z0-9][a-z0-9-]{0,19}", fullmatch=True),
    name=names,
    round=st.integers(1, 999_999_999),
    digests=st.tuples(hexes, hexes, hexes, hexes),
    on_remove=st.sampled_from(OnRemove),
)
notes = st.text(st.characters(codec="utf-8"), max_size=200)


def test_the_documented_note():
    assert join_note("weekly support", MARKER) == DOCUMENTED
    assert split_note(DOCUMENTED) == ("weekly support", MARKER)


@pytest.mark.parametrize(
    ("letter", "meaning"), [("k", OnRemove.KEEP), ("c", OnRemove.CANCEL), ("x", OnRemove.CLOSE)]
)
def test_the_letter_says_what_pruning_does(letter, meaning):
    _, marker = split_note(f"[smartplan1:desk/a#7 0123456789abcdef {letter}]")
    assert (marker.on_remove, marker.round) == (meaning, 7)


def test_a_note_of_nothing_but_the_marker():
    assert join_note("", MARKER) == format_marker(MARKER)
    assert split_note(format_marker(MARKER)) == ("", MARKER)


@pytest.mark.parametrize("after", [" ", "\n", "\r\n\t "])
def test_space_after_the_marker_is_forgiven(after):
    assert split_note(DOCUMENTED + after) == ("weekly support", MARKER)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "weekly support",
        DOCUMENTED + " edited by hand",
        DOCUMENTED.removesuffix("]"),
        DOCUMENTED.replace("smartplan1", "smartplan2"),
        DOCUMENTED.replace("desk/", "/"),
        DOCUMENTED.replace("desk", "DESK"),
        DOCUMENTED.replace("desk", "d" * 21),
        DOCUMENTED.replace("btc-swing", "b" * 41),
        DOCUMENTED.replace("btc-swing", "-btc"),
        DOCUMENTED.replace("btc-swing", "btc_swing"),
        DOCUMENTED.replace("#1", "#0"),
        DOCUMENTED.replace("#1", "#01"),
        DOCUMENTED.replace("#1", "#-1"),
        DOCUMENTED.replace("#1", "#١"),
        DOCUMENTED.replace("#1", "#1000000000"),
        DOCUMENTED.replace("3f9a2c4177b0e1d2", "3F9A2C4177B0E1D2"),
        DOCUMENTED.replace("3f9a2c4177b0e1d2", "3f9a2c4177b0e1d"),
        DOCUMENTED.replace(" k]", " z]"),
        DOCUMENTED.replace(" k]", "]"),
        DOCUMENTED.replace(" 3f9a", "  3f9a"),
        DOCUMENTED.replace(" 3f9a", "\n3f9a"),
    ],
)
def test_what_is_no_marker_leaves_the_note_as_it_is(note):
    assert split_note(note) == (note, None)


def test_only_the_last_of_two_markers_owns():
    other = Marker(workspace="other", name="x", round=2, digests=("0000",) * 4)
    text, marker = split_note(f"{format_marker(other)} {format_marker(MARKER)}")
    assert marker == MARKER
    assert text == format_marker(other)


@given(notes, markers)
def test_a_note_comes_back_with_its_marker(text, marker):
    assert split_note(join_note(text, marker)) == (text.strip(), marker)


@given(markers)
def test_the_room_left_fills_the_note_to_the_last_character(marker):
    room = room_for_note(marker.workspace, marker.name, marker.round)
    assert len(join_note("n" * room, marker)) == MAX_NOTE


def test_the_longest_identity_leaves_room_for_a_sentence():
    assert room_for_note("w" * 20, "n" * 40, 999_999_999) == 196


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("weekly support", False),
        ("[smartplan]", False),
        (DOCUMENTED, True),
        ("see [smartplan9:whatever", True),
        ("[smartplan:x", True),
    ],
)
def test_a_note_that_speaks_of_markers_is_noticed(text, mentioned):
    assert mentions_marker(text) is mentioned
