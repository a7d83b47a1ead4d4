"""A small hydropower unit behind a Modbus TCP server that is none of ours (pymodbus 3), for tests.

usage: plant_server.py PORT EPOCH_MS EXPORT_START

Behaves and prints like tests/peers/libmodbus/plant-server.c; see there.
"""

import asyncio
import json
import math
import os
import struct
import sys
import time

from pymodbus.datastore import (
    ModbusSequentialDataBlock,
    ModbusServerContext,
    ModbusSlaveContext,
)
from pymodbus.server import StartAsyncTcpServer

REGISTERS = 4000
FIRST = 3000
HOLDING = 3


class Plant:
    """The unit's registers as a function of the seconds since the epoch."""

    def __init__(self, epoch_ms, export_start):
        self.epoch_ms = epoch_ms
        self.export_start = export_start
        self.export_ws = 0.0
        self.second = 0
        self.forced = {}
        self.registers = []
        values = [(i * 7 + 1) & 0xFFFF if i < 1000 else 0 for i in range(REGISTERS)]
        self.context = ModbusSlaveContext(
            hr=ModbusSequentialDataBlock(0, values), zero_mode=True
        )
        self.run_second(0, counts=False)
        self.publish()

    def run_second(self, second, counts=True):
        flow = 2.0 + 0.25 * math.sin(2 * math.pi * second / 240.0) + 0.02 * math.sin(second * 1.7)
        head = 93.0 - 0.8 * flow + 0.05 * math.sin(second * 0.9)
        power_kw = 9.80665 * flow * head * (0.88 + 0.004 * math.sin(second * 0.31))
        if counts:
            self.export_ws += power_kw * 1000.0
        export = (self.export_start + math.floor(self.export_ws / 3.6e6)) % 2**32
        packed = struct.pack(
            ">fffIIhHhHH",
            flow,
            head,
            power_kw,
            export,
            4711,
            round(flow / 2.5 * 10000.0 * 0.92),
            2,
            round(123 + 3 * math.sin(second / 37.0)),
            round(718 + 4 * math.sin(second / 53.0)),
            round(152 + 20 * math.sin(second / 61.0)),
        )
        self.registers = list(struct.unpack(f">{len(packed) // 2}H", packed))

    def publish(self):
        now = {FIRST + i: value for i, value in enumerate(self.registers)}
        for address, value in {**now, **self.forced}.items():
            self.context.setValues(HOLDING, address, [value])

    async def run(self):
        while self.epoch_ms != 0:
            due_ms = self.epoch_ms + self.second * 1000 + 500
            wait_ms = due_ms - time.time() * 1000
            if wait_ms > 0:
                await asyncio.sleep(wait_ms / 1000)
                continue
            self.run_second(self.second)
            self.second += 1
            self.publish()
            say({"event": "tick", "atMs": due_ms, "registers": self.registers})

    def obey(self, line):
        words = line.split()
        if words[:1] == ["get"]:
            registers = self.context.getValues(HOLDING, FIRST, len(self.registers))
            say({"event": "registers", "atMs": int(time.time() * 1000), "registers": registers})
        elif words[:1] == ["set"]:
            address, value = int(words[1]), int(words[2])
            self.forced[address] = value
            self.publish()
            say({"event": "set", "address": address})
        elif words[:1] == ["clear"]:
            self.forced = {}
            self.publish()
            say({"event": "clear"})


def say(line):
    print(json.dumps(line), flush=True)


def read_command(plant):
    line = sys.stdin.readline()
    if line == "":
        os._exit(0)
    else:
        plant.obey(line)


async def main():
    port, epoch_ms, export_start = (int(argument) for argument in sys.argv[1:4])
    plant = Plant(epoch_ms, export_start)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), read_command, plant)
    server = asyncio.ensure_future(
        StartAsyncTcpServer(
            ModbusServerContext(slaves=plant.context, single=True),
            address=("127.0.0.1", port),
            allow_reuse_address=True,
        )
    )
    while not server.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.02)
    say({"event": "listening", "port": port})
    await asyncio.gather(server, plant.run())


asyncio.run(main())
