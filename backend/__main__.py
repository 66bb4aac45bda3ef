"""The command line: `python -m backend [serve | migrate | openapi | asyncapi]`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from environs import EnvError

from backend import logs
from backend.config import Config
from backend.processes import CannotListenError, Place, listen, oversee, raise_file_limit


def main() -> int:
    """Run a command and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m backend", description="Tablecast")
    commands = parser.add_subparsers(dest="command")
    serving = commands.add_parser("serve", help="serve until SIGTERM (the default)")
    serving.add_argument("--place", help=argparse.SUPPRESS)
    commands.add_parser("migrate", help="bring the databases up to date")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("asyncapi", help="print the AsyncAPI document of the change channel")
    arguments = parser.parse_args()
    command = arguments.command or "serve"
    if command == "openapi":
        from backend.description import build_document

        sys.stdout.write(build_document())
        return 0
    if command == "asyncapi":
        from backend.channel_description import build_channel_document

        sys.stdout.write(build_channel_document())
        return 0
    try:
        config = Config.from_env()
    except EnvError as error:
        sys.stderr.write(f"A setting is wrong: {error}\n")
        return 2
    place = Place.take(arguments.place) if getattr(arguments, "place", None) else None
    logs.configure(config, process=place.number if place else None)
    if command == "migrate":
        from backend.store.migrate import upgrade

        upgrade(config)
        return 0
    raise_file_limit()
    alone = place is not None or config.processes == 1
    try:
        return asyncio.run(serve(config, place) if alone else oversee(config))
    except CannotListenError as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def serve(config: Config, place: Place | None) -> int:
    """Serve until SIGTERM or SIGINT; a second one ends at once, where no parent decides that."""
    from backend.app import make_app

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    app = make_app(config, place)
    await app.start(place.sockets() if place else listen(config))

    def stop(number: int) -> None:
        if place is None:
            loop.remove_signal_handler(number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    await stopping.wait()
    await app.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
