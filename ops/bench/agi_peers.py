"""The servers of `./120 bench agi`, one a process: `python -m ops.bench.agi_peers NAME PORT`.

Each answers the same two scripts on 127.0.0.1: `one` sets one variable; `session` asks for one and sets three, one of which
needs escaping where the server escapes. They listen, print `ready` and serve until they are killed.
"""

import asyncio
import io
import os
import socketserver
import sys
from collections.abc import Callable
from typing import Any

BACKLOG = 512
VALUE = 'status-of&2611211000427&"closed"\\'
HOST = "127.0.0.1"


def ours(port: int) -> None:
    """Program `agi` as it is run, with scripts of the benchmark."""
    from agi.server import Server, run
    from agi.session import Session

    async def one(session: Session) -> None:
        await session.set_variable("CENTRE_AGI_DONE", "1")

    async def whole(session: Session) -> None:
        number = session.caller_number or "0"
        await session.get_variable("CENTRE_LANGUAGE")
        await session.set_variable("CENTRE_LANGUAGE", "en" if number else "ko")
        await session.set_variable("CENTRE_SAY", VALUE)
        await session.done()

    async def serve() -> None:
        await Server({"one": one, "session": whole}).start(HOST, port)
        _ready()
        await asyncio.Event().wait()

    run(serve())


def bare(port: int) -> None:
    """What anybody would write first: asyncio's streams, no validation, no escaping, no deadline."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        environment = {}
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(":")
            environment[name] = value.strip()
        commands = ['SET VARIABLE "CENTRE_AGI_DONE" "1"\n']
        if environment["agi_network_script"] == "session":
            commands = [
                'GET VARIABLE "CENTRE_LANGUAGE"\n',
                'SET VARIABLE "CENTRE_LANGUAGE" "en"\n',
                f'SET VARIABLE "CENTRE_SAY" "{VALUE}"\n',
                *commands,
            ]
        for command in commands:
            writer.write(command.encode())
            await writer.drain()
            await reader.readline()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(connected, HOST, port, backlog=BACKLOG)
        _ready()
        await server.serve_forever()

    asyncio.run(serve())


def panoramisk(port: int) -> None:
    """panoramisk's FastAGI application, as its documentation shows it."""
    from panoramisk import fast_agi

    async def one(request: Any) -> None:
        await request.send_command('SET VARIABLE "CENTRE_AGI_DONE" "1"')

    async def whole(request: Any) -> None:
        await request.send_command('GET VARIABLE "CENTRE_LANGUAGE"')
        await request.send_command('SET VARIABLE "CENTRE_LANGUAGE" "en"')
        await request.send_command(f'SET VARIABLE "CENTRE_SAY" "{VALUE}"')
        await request.send_command('SET VARIABLE "CENTRE_AGI_DONE" "1"')

    async def serve() -> None:
        application = fast_agi.Application(loop=asyncio.get_running_loop())
        application.add_route("one", one)
        application.add_route("session", whole)
        server = await asyncio.start_server(application.handler, HOST, port, backlog=BACKLOG)
        _ready()
        await server.serve_forever()

    asyncio.run(serve())


def pyst2(port: int) -> None:
    """pyst2's AGI in the forking server of its fastagi.py, whose dozen lines (Python 2 only) are written here for Python 3."""
    from asterisk import agi

    class Conversation(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - it tells everything to stderr
                said = io.TextIOWrapper(self.wfile, encoding="utf-8", write_through=True)  # type: ignore[type-var]
                call = agi.AGI(stdin=self.rfile, stdout=said, stderr=nowhere)
                if call.env["agi_network_script"] == "session":
                    call.get_variable("CENTRE_LANGUAGE")
                    call.set_variable("CENTRE_LANGUAGE", "en")
                    call.set_variable("CENTRE_SAY", VALUE)
                call.set_variable("CENTRE_AGI_DONE", "1")

    class Forking(socketserver.ForkingTCPServer):
        allow_reuse_address = True
        request_queue_size = BACKLOG
        max_children = 16

    with Forking((HOST, port), Conversation) as server:
        _ready()
        server.serve_forever()


def _ready() -> None:
    print("ready", flush=True)


PEERS: dict[str, Callable[[int], None]] = {
    "ours": ours,
    "bare": bare,
    "panoramisk": panoramisk,
    "pyst2": pyst2,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]))
