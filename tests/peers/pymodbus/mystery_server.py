"""A hydropower unit behind a Modbus TCP server that is none of ours (pymodbus 3), whose register map nobody has told.

usage: mystery_server.py PORT SEED

The seed decides where the values stand, in which order, in which types and in which word order. Prints
{"event": "listening", "order": ..., "map": {...}} once it answers; ends when standard input ends. The map is for the
test that compares; whoever plays the engineer does not look at it.
"""

import asyncio
import json
import math
import os
import random
import struct
import sys
import time

from pymodbus.datastore import (
    ModbusSequentialDataBlock,
    ModbusServerContext,
    ModbusSlaveContext,
)
from pymodbus.server import StartAsyncTcpServer

REGISTERS = 8000
HOLDING = 3
RATED = {"kw": 2000.0, "flow": 2.5, "head": 95.0}
ORDERS = ["ABCD", "BADC", "CDAB", "DCBA"]


class Unit:
    """The values of the unit, and where the seed has put them."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.order = ORDERS[seed % 4]
        self.start = time.time()
        self.kwh = float(draw.randrange(300_000, 40_000_000))
        self.counted_at = self.start
        energy = draw.choice([("I", 1.0), ("I", 10.0), ("Q", 1000.0)])
        self.counts_per_kwh = energy[1]
        self.hertz = draw.choice([50.0, 60.0])
        fields = [
            ("flow", "f"),
            ("head", "f"),
            ("power", "f"),
            ("energy", energy[0]),
            ("frequency", draw.choice(["f", "H"])),
            ("voltage", "f"),
            ("gate", "h"),
            ("status", "H"),
            ("water_temp", "h"),
        ]
        draw.shuffle(fields)
        at = draw.choice([0, 100, 1000, 2000, 3000, 4000]) + draw.randrange(0, 10)
        self.map = {}
        for name, kind in fields:
            if draw.random() < 0.3:
                at += draw.randrange(1, 4)
            self.map[name] = {"address": at, "kind": kind}
            at += struct.calcsize(">" + kind) // 2
        self.context = ModbusSlaveContext(
            hr=ModbusSequentialDataBlock(0, [0] * REGISTERS), zero_mode=True
        )

    def values(self):
        now = time.time()
        s = now - self.start
        load = 0.8 + 0.06 * math.sin(s / 11.0) + 0.01 * math.sin(s * 1.3)
        flow = RATED["flow"] * load
        head = RATED["head"] * (1.0 - 0.02 * load) + 0.1 * math.sin(s / 5.0)
        power = 9.80665 * 0.9997 * flow * head * (0.872 + 0.003 * math.sin(s / 17.0))
        self.kwh += power * (now - self.counted_at) / 3600.0
        self.counted_at = now
        return {
            "flow": flow,
            "head": head,
            "power": power,
            "energy": math.floor(self.kwh * self.counts_per_kwh),
            "frequency": self.hertz + 0.02 * math.sin(s * 0.7),
            "voltage": 6300.0 * (1 + 0.004 * math.sin(s / 3.0)),
            "gate": round(7600 + 500 * math.sin(s / 11.0)),
            "status": 2,
            "water_temp": 123,
        }

    def publish(self):
        for name, value in self.values().items():
            place = self.map[name]
            kind = place["kind"]
            raw = round(value * 100) if name == "frequency" and kind == "H" else value
            data = struct.pack(">" + kind, raw)
            words = [data[i : i + 2] for i in range(0, len(data), 2)]
            if self.order in ("CDAB", "DCBA"):
                words.reverse()
            if self.order in ("BADC", "DCBA"):
                words = [word[::-1] for word in words]
            registers = [struct.unpack(">H", word)[0] for word in words]
            self.context.setValues(HOLDING, place["address"], registers)

    async def run(self):
        while True:
            self.publish()
            await asyncio.sleep(0.1)


async def main():
    port, seed = (int(argument) for argument in sys.argv[1:3])
    unit = Unit(seed)
    unit.publish()
    asyncio.get_running_loop().add_reader(
        sys.stdin.fileno(), lambda: sys.stdin.readline() or os._exit(0)
    )
    server = asyncio.ensure_future(
        StartAsyncTcpServer(
            ModbusServerContext(slaves=unit.context, single=True),
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
    print(json.dumps({"event": "listening", "order": unit.order, "map": unit.map}), flush=True)
    await asyncio.gather(server, unit.run())


asyncio.run(main())
