"""Bracketed form bodies become the nested objects a JSON body would have been."""

from urllib.parse import urlencode

import pytest

from smartplan.sandbox.forms import read_form


def test_brackets_nest_and_empty_brackets_list():
    text = (
        "account_id=1&position[units][value]=0.01"
        "&take_profit[steps][][order_type]=limit&take_profit[steps][][price][value]=1"
        "&take_profit[steps][][price][type]=bid&take_profit[steps][][volume]=50"
        "&take_profit[steps][][order_type]=market&take_profit[steps][][price][value]=2"
        "&take_profit[steps][][volume]=50&tags[]=a&tags[]=b"
    )
    assert read_form(text) == {
        "account_id": "1",
        "position": {"units": {"value": "0.01"}},
        "take_profit": {
            "steps": [
                {"order_type": "limit", "price": {"value": "1", "type": "bid"}, "volume": "50"},
                {"order_type": "market", "price": {"value": "2"}, "volume": "50"},
            ]
        },
        "tags": ["a", "b"],
    }


def test_values_are_decoded():
    assert read_form(urlencode({"note": "50 % & more [x]"})) == {"note": "50 % & more [x]"}


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "a=1&a[]=2", "a[]=1&a[b]=2"])
def test_a_name_cannot_be_a_value_and_a_group(text):
    with pytest.raises(ValueError, match="a is both"):
        read_form(text)
