"""Tables and figures on a page: what is shown is what was given, whatever signs it holds."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from generator.app.tables import file_size

HOSTILE = "<b>x</b> **bold** [link](http://a.b) `code` :red[red] $1^2$ | cell"


def script() -> None:
    from generator.app.tables import in_pairs, show_table

    hostile = "<b>x</b> **bold** [link](http://a.b) `code` :red[red] $1^2$ | cell"
    rows = [{"Name": hostile, "Size": 1234567}, {"Name": "two\nlines", "Size": 5}]
    show_table(rows, told="Two rows.", wide={"Name": 20, "Absent": 9})
    show_table([], told="None.", wide={"Name": 20})
    for number, column in enumerate(in_pairs(5)):
        column.metric("Number", number)


@pytest.fixture
def page() -> AppTest:
    found = AppTest.from_function(script, default_timeout=60).run()
    assert not found.exception, found.exception
    return found


def test_no_sign_of_a_cell_is_markup(page: AppTest):
    cell = str(page.table[0].value["Name"][0])
    assert re.sub(r"\\(.)", r"\1", cell).replace("\u2060", "") == HOSTILE
    assert not set(re.sub(r"\\.", "", cell)) & set("<>*[]`:$^|")
    assert page.table[0].value["Name"][1] == "two lines"
    assert list(page.table[0].value["Size"]) == ["1,234,567", "5"]
    assert page.table[0].proto.alt == "Two rows."


def test_figures_stand_in_columns_of_one_width_two_in_a_row(page: AppTest):
    assert [metric.value for metric in page.metric] == list("01234")
    widths = [
        round(outer.weight * inner.weight, 6)
        for outer in page.columns
        for inner in outer.columns
        if inner.weight < 1 or not outer.columns[0].columns
    ]
    assert len(set(widths)) == 1 and len(widths) == 5


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 kB"), (1, "1 kB"), (49_039, "49 kB"), (999_400, "999 kB"), (999_600, "1.0 MB"), (25_585_610, "25.6 MB")],
)
def test_a_size_is_never_nothing_where_there_is_something(count: int, said: str):
    assert file_size(count).replace("\u00a0", " ") == said
