"""Run one shop on several loopback ports: `python -m service.demo PORT…`.

To a caller, each port is a system of its own. So a caller that leaves a failing system alone still calls the others.
"""

from __future__ import annotations

import socket
import sys

import uvicorn

from service.demo.shop import create_app_from_environment

if __name__ == "__main__":
    listening = [socket.create_server(("127.0.0.1", int(port))) for port in sys.argv[1:]]
    uvicorn.Server(uvicorn.Config(create_app_from_environment(), log_level="warning")).run(sockets=listening)
