from smartplan.report.folds import fold, folded


def test_breaks_come_between_figures_and_go_in_deeper() -> None:
    line = "    notional 600 USDT · loss at stop 51.10 USDT · reward:risk 1.59"
    assert folded(line, 40) == [
        "    notional 600 USDT ·",
        "        loss at stop 51.10 USDT ·",
        "        reward:risk 1.59",
    ]
    assert folded(line, 80) == [line]


def test_a_command_stays_in_one_piece() -> None:
    line = "smartplan: it is blocked, settle it with `smartplan resolve btc-swing --wait` first"
    parts = folded(line, 50)
    assert "`smartplan resolve btc-swing --wait`" in " ".join(parts).replace("     ", " ")
    assert any("`smartplan resolve btc-swing --wait`" in part for part in parts)


def test_colours_take_no_columns() -> None:
    line = f"\x1b[1;31m{'x' * 30}\x1b[0m {'y' * 9}"
    assert folded(line, 40) == [line]


def test_what_has_no_blank_is_left_whole_and_no_terminal_folds_nothing() -> None:
    assert folded("x" * 100, 40) == ["x" * 100]
    assert fold("x y " * 100, None) == "x y " * 100


def test_a_list_is_broken_between_its_items() -> None:
    line = "Changes: 1 to create, 0 to update, 0 to adopt, 0 to cancel. 1 unchanged, 0 blocked."
    assert folded(line, 60) == [
        "Changes: 1 to create, 0 to update, 0 to adopt, 0 to cancel.",
        "    1 unchanged, 0 blocked.",
    ]
