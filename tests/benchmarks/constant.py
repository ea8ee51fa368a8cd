"""The constant endpoint: as little as FastAPI and uvicorn can do with a request. It reads no body and checks nothing.

Run it with the port as its argument.
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Response

from tests.benchmarks.answer import ANSWER

app = FastAPI()


@app.post("/constant")
async def constant() -> Response:
    return Response(ANSWER, media_type="application/json")


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False)
