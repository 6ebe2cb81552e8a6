"""The bench's arithmetic and table; what it measures is pinned by the add-ons' own tests."""

import bench


def test_figures_are_summed_up_by_median_and_95th_percentile():
    found = bench.summary([{"ms": float(number), "sql": 7.0} for number in range(1, 102)])
    assert found == {"ms": {"median": 51.0, "p95": 96.0}, "sql": {"median": 7.0, "p95": 7.0}}


def test_the_table_tells_what_ours_adds(capsys):
    side = {
        name: bench.summary([{"ms": ms, "cpu_ms": ms, "sql": sql}] * 3)
        for name, ms, sql in (("odoo", 100.0, 80.0), ("ours", 110.0, 105.0))
    }
    page = {"events": 10, "explain_ms": 1.0, "ms": [5.0], "sql_ms": [2.0], "sql": [5], "timeline_ms": [9.0]}
    row = {"step": f"return: open, {bench.SINGLY}", "documents": 1, **side}
    points = {"lots": 1_000_000, "plain_s": [10.0], "ours_s": [15.0], "history_s": [4.0]}
    bench.report({"steps": [row], "history": {"events": 1_000_000, "pages": [page]}, "loyalty": points})
    printed = capsys.readouterr().out
    assert "+10.0 %" in printed and "+25.0" in printed
    assert "1,000,000 events" in printed
    assert "15.0 s, 1.50 times as long" in printed
