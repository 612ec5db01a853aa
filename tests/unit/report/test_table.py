from smartplan.report.table import fitted

ROWS = [("NAME", "ID", "P/L"), ("btc-swing", "#31000001", "+8.78")]


def test_what_can_be_spared_goes_until_it_fits() -> None:
    assert fitted(ROWS, None, (1,)) == ["NAME       ID         P/L", "btc-swing  #31000001  +8.78"]
    assert fitted(ROWS, 20, (1,)) == ["NAME       P/L", "btc-swing  +8.78"]
    assert fitted(ROWS, 20, (1,), right=frozenset({2})) == ["NAME         P/L", "btc-swing  +8.78"]
    assert fitted(ROWS, 10, (1,)) is None
