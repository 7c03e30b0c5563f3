from __future__ import annotations

from detente.audit import Code, Finding, audit
from detente.audit.findings import MEANS
from tests.audit.made import BOTH, OPEN, TERMS, made, pair


def test_every_code_says_what_it_means_in_a_sentence() -> None:
    assert set(MEANS) == set(Code)
    for code in Code:
        means = Finding(code, "leaf 1", "it is so").means
        assert means[0].isupper()
        assert means.endswith(".")


def test_two_codes_do_not_mean_the_same() -> None:
    assert len(set(MEANS.values())) == len(Code)


def test_a_report_tells_what_accuses_nobody_apart() -> None:
    report = audit(pair(BOTH, [OPEN]))
    assert [each.place for each in report.messages] == [1, 2]
    assert report.unreceipted == ()
    assert report.irregular == ()
    (waiting,) = audit(made(TERMS, [OPEN], {})).unreceipted
    assert waiting.not_yet_by == ("southmark",)
