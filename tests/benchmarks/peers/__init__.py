"""What one would use instead of Errand, each a small server with a requirements file of its own.

Each is told the port as its argument, and by the environment: `PEER_BUNDLE`, the bundle that Errand serves;
`PEER_ROWS`, JSON Lines of its training rows. Each answers `POST /intent` with `{"text": …}` and `GET /healthz`.
"""
