import { Socket } from 'node:net';
import TcpPort from 'modbus-serial/ports/tcpport.js';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { type FaultServer, startFaultServer } from '../../tests/fault/modbus-server.ts';

let server: FaultServer | undefined;

afterEach(() => server?.close());

/** The link stands on members of modbus-serial that its documentation does not name: a new version must keep them. */
test('the port sends the id it is told, and shows id and protocol of the frame it emits', async () => {
  server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: 'wrong-protocol' }),
    cell: (_, address) => address,
  });
  const socket = new Socket();
  await new Promise<void>((resolve) => {
    socket.connect({ host: '127.0.0.1', port: server?.port ?? 0 }, resolve);
  });
  const port = new TcpPort({ socket });
  const frame = new Promise<unknown>((resolve) => {
    port.on('data', (body: Buffer) => {
      resolve({
        id: port._transactionIdRead,
        protocol: port._clientRcvData.readUInt16BE(2),
        body: body.subarray(0, -2).toString('hex'),
      });
    });
  });
  port._transactionIdWrite = 0xbeef;
  port.write(Buffer.from('0903002a00010000', 'hex'));
  expect(await frame).toEqual({ id: 0xbeef, protocol: 1, body: '090302002a' });
  expect(server.asked).toEqual([{ transactionId: 0xbeef, unitId: 9, functionCode: 3, address: 42, count: 1 }]);
  socket.destroy();
});
