"""A small hydropower unit behind a Modbus server that is none of ours (pymodbus 3), for tests.

usage: plant_server.py PORT|rtu:PORT|PATH EPOCH_MS EXPORT_START

A port is served over Modbus TCP, rtu:PORT with RTU frames over TCP; a path is a serial port, served with 19200 8N1.
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
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

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


def start_server(place, context):
    if place.startswith("/"):
        # pyserial refuses a parity on a pseudo-terminal, which has none.
        return StartAsyncSerialServer(
            context, framer=ModbusRtuFramer, port=place, baudrate=19200, parity="N", stopbits=1, bytesize=8
        )
    is_rtu = place.startswith("rtu:")
    return StartAsyncTcpServer(
        context,
        framer=ModbusRtuFramer if is_rtu else ModbusSocketFramer,
        address=("127.0.0.1", port_of(place)),
        allow_reuse_address=True,
    )


def port_of(place):
    return 0 if place.startswith("/") else int(place.removeprefix("rtu:"))


async def until_it_listens(server, port):
    while port != 0 and not server.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.02)
    # A serial port cannot be asked whether somebody serves it: it is opened within the first turns of the loop.
    await asyncio.sleep(0.3)


async def main():
    place = sys.argv[1]
    epoch_ms, export_start = (int(argument) for argument in sys.argv[2:4])
    plant = Plant(epoch_ms, export_start)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), read_command, plant)
    context = ModbusServerContext(slaves=plant.context, single=True)
    server = asyncio.ensure_future(start_server(place, context))
    await until_it_listens(server, port_of(place))
    say({"event": "listening", "port": port_of(place)})
    await asyncio.gather(server, plant.run())


asyncio.run(main())
