"""An answer whose content is a file: written piece by piece, as fast as the client reads, so it can be of any size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from batch_emulator.protocol.wire import Content

_PIECE = 64 * 1024


class FileResponse(StreamingResponse):
    """What the file has lost since it was opened is missing at the end; a length that was promised is not kept then,
    and the connection is closed."""

    def __init__(self, content: Content, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(self._pieces(content), status, headers)
        self._content = content
        self._promised = "content-length" in self.headers
        self._short = False

    async def _pieces(self, content: Content) -> AsyncIterator[bytes]:
        left = content.length
        while left and (piece := content.file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
        self._short = left > 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def checked(message: Message) -> None:
            if self._short and self._promised:
                scope["state"]["abort"]()
            else:
                await send(message)

        try:
            await super().__call__(scope, receive, checked)
        finally:
            self.close()

    def close(self) -> None:
        """Also when it is not sent."""
        self._content.file.close()
