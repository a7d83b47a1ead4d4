import { createInterface } from 'node:readline';
import { FaultyOpcUaServer, serverCertificate } from '../../fault/opcua-server.ts';

/**
 * node-opcua's own server in a process of its own: `serve.ts PORT`. Prints the port when it listens. A unit that runs at
 * constant power; its energy counts as real time passes. A line on standard input ends it as a shutdown does.
 */
const [port = '0'] = process.argv.slice(2);
const POWER_KW = 1800;
const startedMs = Date.now();
const START_COUNT = 5_000_000_000n;

const server = await FaultyOpcUaServer.start({
  port: Number(port),
  certificate: await serverCertificate(),
  users: { forebay: 'only reading' },
  modes: ['SignAndEncrypt'],
  nodes: {
    'Unit1.Flow': { type: 'Float', value: 2.375, unit: 'm3/s' },
    'Unit1.Head': { type: 'Double', value: 94.5, unit: 'm' },
    'Unit1.Power': { type: 'Double', value: POWER_KW, unit: 'kW' },
    'Unit1.Energy': { type: 'UInt64', value: halves(START_COUNT), unit: 'Wh' },
    'Unit1.State': { type: 'Int32', value: 2 },
  },
});
const ticking = setInterval(() => {
  const counted = START_COUNT + BigInt(Math.floor((POWER_KW * (Date.now() - startedMs)) / 3600));
  server.set('Unit1.Energy', { type: 'UInt64', value: halves(counted), unit: 'Wh' });
}, 100);
process.stdout.write(`${server.port}\n`);
createInterface({ input: process.stdin }).once('line', () => {
  clearInterval(ticking);
  void server.stop().then(() => process.exit(0));
});

function halves(count: bigint): [number, number] {
  return [Number(count >> 32n), Number(count & 0xffff_ffffn)];
}
