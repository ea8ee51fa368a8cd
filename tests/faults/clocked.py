"""Errand, as `python -m tests.faults.clocked`, with a clock that is ahead by as many seconds as a file says.

It is the service's own clock that jumps; those of the database and of the event loop go on.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from service import main
from service.domain.clock import utc_now
from service.record.database import schema
from service.settings import read_settings

FILE_VARIABLE = "FAULTS_CLOCK"


def create_app() -> FastAPI:
    file = Path(os.environ[FILE_VARIABLE])

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=float(file.read_text(encoding="ascii") or 0))

    return main.create_app(clock=clock)


if __name__ == "__main__":
    settings = read_settings()
    schema.upgrade(settings.resolved_database_url)
    uvicorn.run(create_app(), host=settings.host, port=settings.port, log_config=None, access_log=False)
