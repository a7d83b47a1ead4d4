import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import TcpPort from 'modbus-serial/ports/tcpport.js';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { type FaultServer, startFaultServer } from '../../tests/fault/modbus-server.ts';

let server: FaultServer | undefined;

afterEach(() => server?.close());

/** The link stands on a member of modbus-serial that its documentation does not name: a new version must keep it. */
test('the port sends the transaction id it is told, all 16 bits of it', async () => {
  server = await startFaultServer({ random: seededRandom(1), script: () => ({ kind: 'none' }), cell: () => 0 });
  const socket = new Socket();
  await new Promise<void>((resolve) => {
    socket.connect({ host: '127.0.0.1', port: server?.port ?? 0 }, resolve);
  });
  const port = new TcpPort({ socket });
  port._transactionIdWrite = 0xbeef;
  port.write(Buffer.from('0903002a00010000', 'hex'));
  await expect
    .poll(() => server?.asked)
    .toEqual([{ transactionId: 0xbeef, unitId: 9, functionCode: 3, address: 42, count: 1 }]);
  socket.destroy();
});

test('nothing of modbus-serial but its port is loaded: the client, which can write, is out of reach', () => {
  const folder = import.meta.dirname;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ts$/.test(file));
  const imports = sources.flatMap((file) => [
    ...readFileSync(join(folder, file), 'utf8').matchAll(/(?:from|import\(|require\() *'(modbus-serial[^']*)'/g),
  ]);
  expect(imports.length).toBeGreaterThan(0);
  expect(new Set(imports.map(([, name]) => name))).toEqual(new Set(['modbus-serial/ports/tcpport.js']));
});
