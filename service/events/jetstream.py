"""Use NATS JetStream as the broker: one stream, which drops repeats of an id within a short time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from nats.aio.client import Client
from nats.errors import ConnectionClosedError, Error
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from service.domain.announcement import Announcement
from service.events.publisher import Published, subject_of

STREAM: Final = "ERRAND"
SUBJECTS: Final = "errand.>"
DUPLICATE_SECONDS: Final = 600.0
"""Seconds after an announcement in which its repeats are dropped."""
CONNECT_SECONDS: Final = 5.0
ACKNOWLEDGE_SECONDS: Final = 5.0


class JetStream:
    """Connects when there is something to publish, and connects anew after a failure."""

    listens = True

    def __init__(self, url: str, *, credentials: Path | None, keep: timedelta) -> None:
        """Remember the settings. A stream that is made here keeps its messages for the time `keep`."""
        self._url = url
        self._credentials = credentials
        self._keep = keep
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._awaited: set[asyncio.Future[PubAck]] = set()

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        """Send announcements and return the ids that the broker acknowledged. Failures are returned, too."""
        sent: dict[str, asyncio.Future[PubAck]] = {}
        try:
            failure = await self._send_all(announcements, sent)
            if sent:
                await asyncio.wait(sent.values(), timeout=ACKNOWLEDGE_SECONDS)
        finally:  # also if the caller was cancelled: asyncio logs every failed future that is left unread
            failures = {name: _failure(acknowledgement) for name, acknowledgement in sent.items()}
        failure = failure or next(filter(None, failures.values()), None)
        if failure is not None:
            self._stream = None  # connect anew next time: the server may hang, the stream may have been deleted
        return Published(
            acknowledged=frozenset([name for name, found in failures.items() if found is None]), failure=failure
        )

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> JetStreamContext:
        if self._stream is None or self._client is None or not self._client.is_connected:
            await self.close()
            self._client, self._stream = Client(), None
            await self._client.connect(
                [each.strip() for each in self._url.split(",")],
                name="errand",
                user_credentials=self._credentials,
                allow_reconnect=False,  # the relay decides how long to wait before the next try
                connect_timeout=int(CONNECT_SECONDS),
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=_leave_to_publish,
                closed_cb=self._give_up,
            )
            stream = self._client.jetstream(timeout=CONNECT_SECONDS)
            await self._ensure_stream(stream)
            self._stream = stream
        return self._stream

    async def _ensure_stream(self, stream: JetStreamContext) -> None:
        """Create the stream if it is missing. An existing stream is used as it is."""
        try:
            await stream.stream_info(STREAM)
        except NotFoundError:
            await stream.add_stream(
                StreamConfig(
                    name=STREAM,
                    subjects=[SUBJECTS],
                    storage=StorageType.FILE,
                    max_age=self._keep.total_seconds(),
                    duplicate_window=min(DUPLICATE_SECONDS, self._keep.total_seconds()),
                )
            )

    async def _send_all(
        self, announcements: Sequence[Announcement], sent: dict[str, asyncio.Future[PubAck]]
    ) -> str | None:
        """Send all announcements and fill `sent`. Returns the failure that broke the sending off, or `None`."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                stream = await self._connected()
                for each in announcements:
                    sent[each.announcement_id] = await self._send(stream, each)
        except Exception as error:  # noqa: BLE001 - the errors of the client, of TLS and of keys have no common root
            return _named(error)
        return None

    async def _send(self, stream: JetStreamContext, announcement: Announcement) -> asyncio.Future[PubAck]:
        acknowledgement = await stream.publish_async(
            subject_of(announcement),
            announcement.body,
            stream=STREAM,
            headers={Header.MSG_ID: announcement.announcement_id},
        )
        self._awaited.add(acknowledgement)
        acknowledgement.add_done_callback(self._awaited.discard)
        return acknowledgement

    async def _give_up(self) -> None:
        """Fail all awaited acknowledgements, because they cannot come over a closed connection."""
        for acknowledgement in list(self._awaited):
            if not acknowledgement.done():
                acknowledgement.set_exception(ConnectionClosedError())


@asynccontextmanager
async def open_jetstream(url: str, *, credentials: Path | None, keep: timedelta) -> AsyncIterator[JetStream]:
    """Open a broker, still without a connection. Leaving the context closes the connection."""
    broker = JetStream(url, credentials=credentials, keep=keep)
    try:
        yield broker
    finally:
        await broker.close()


def _failure(acknowledgement: asyncio.Future[PubAck]) -> str | None:
    if not acknowledgement.done():
        acknowledgement.cancel()
        return "not_acknowledged"
    error = acknowledgement.exception()
    return None if error is None else _named(error)


def _named(error: BaseException) -> str:
    """Describe an error for the log.

    Messages of the client or the server are free of customers' data. Other errors are described by their class only.
    """
    return str(error) if isinstance(error, Error) else type(error).__name__


async def _leave_to_publish(_: Exception) -> None:
    """Drop an error of the client, because missing acknowledgements show it. The client would log every attempt."""
