"""Every question about the service is put to the account, and its answer goes into the report."""

from __future__ import annotations

import pytest

from tests.live.account import Account
from tests.live.bench import Bench
from tests.live.estate import Estate
from tests.live.probes import PROBES, Probe
from tests.live.report import Finding


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.ask.__name__)
def test_the_service_answers(account: Account, estate: Estate, findings: list[Finding], probe: Probe) -> None:
    finding = Finding(probe.question)
    findings.append(finding)
    finding.answer = probe.ask(Bench(account, estate, finding))
    assert finding.exchanges
    assert not [item for item in finding.exchanges if item.answer.startswith("500 ")]
