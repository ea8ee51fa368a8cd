"""A few cycles of what `make faults` does for hours: damage under load, and nothing that was acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.damage import POSTGRESQL, Fault, cut, kill_both
from tests.faults.installation import Installation, open_installation
from tests.faults.load import PATIENCE_SECONDS, Load
from tests.faults.report import troubles
from tests.faults.run import Plan, run_fault
from tests.support.bundles import BUILD_SECONDS
from tests.support.postgres import running_postgresql

DAMAGES = (cut, kill_both)
PLAN = Plan(cycles=len(DAMAGES), contacts=20, rate=40.0, outstanding=60)


@pytest.mark.timeout(BUILD_SECONDS + 5 * PATIENCE_SECONDS)  # what never comes back is told, not cut short
async def test_damage_under_load_loses_nothing(starter_bundle: Path, tmp_path: Path) -> None:
    """The network to the database goes; then the database does, and the process before it could hand over."""

    async def one_after_the_other(installation: Installation, load: Load, cycle: int) -> None:
        await DAMAGES[cycle](installation, load, cycle)

    fault = Fault(name="short", what="several", damage=one_after_the_other, databases=POSTGRESQL)
    with running_postgresql() as postgresql:
        async with open_installation(tmp_path, starter_bundle, fault.layout, postgresql) as installation:
            finding = await run_fault(fault, installation, PLAN, lambda _, __: None)

    assert troubles(finding) == []
    assert finding.is_sound
    assert finding.cycles == PLAN.cycles
    assert finding.acknowledged >= (PLAN.cycles + 1) * PLAN.contacts
    assert finding.degraded > 0
    assert finding.dispatched > 0
    assert finding.retried > 0
