import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { Clock } from '../../core/model/clock.ts';
import { seededRandom } from '../../core/model/random.ts';
import { driverHost, machineClock } from '../../tests/contract/driver-host.ts';
import { modbusDevice } from '../../tests/contract/modbus-device.ts';
import { type AskedFor, type FaultServer, type Mischief, startFaultServer } from '../../tests/fault/modbus-server.ts';
import { SkippingClock } from '../../tests/fixtures/skipping-clock.ts';
import { modbusTcp } from './modbus-tcp.ts';
import { REFUSED_RETRY_MS } from './refusals.ts';

const NEVER = new AbortController().signal;
/** As in `bench`: so long a slow machine is waited for, and a test in which no reply comes lets it pass at once. */
const TIMEOUT_MS = 5000;

interface Bench {
  server: FaultServer;
  connection: Connection;
  read(signal?: AbortSignal): Promise<readonly Outcome[]>;
  /** The requests of the last read as `address+count`. */
  asked(): string[];
}

const opened: { connection: Connection; server: FaultServer }[] = [];

afterEach(async () => {
  for (const { connection, server } of opened.splice(0)) {
    await connection.close();
    await server.close();
  }
});

/** A device with the registers `exists` and one uint16 point at each of `addresses`; a register holds its address. */
async function bench(
  addresses: readonly number[],
  options: {
    exists?: (address: number) => boolean;
    script?: (request: AskedFor, count: number) => Mischief;
    settings?: Record<string, unknown>;
    clock?: Clock;
  } = {},
): Promise<Bench> {
  const server = await startFaultServer({
    random: seededRandom(1),
    script: options.script ?? (() => ({ kind: 'none' })),
    cell: (_, address) => ((options.exists ?? (() => true))(address) ? address : undefined),
  });
  const device = modbusDevice(
    { port: server.port, timeout: '5s', ...options.settings },
    addresses.map((address) => ({ id: `p${address}`, register: 'holding', address, type: 'uint16' })),
  );
  const host = { ...driverHost(7), clock: options.clock ?? machineClock };
  const outcome = await modbusTcp.connect(device, host, NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  opened.push({ connection: outcome.connection, server });
  return {
    server,
    connection: outcome.connection,
    read: (signal = NEVER) => {
      server.forget();
      return outcome.connection.read(device.points, signal);
    },
    asked: () => server.asked.map(({ address, count }) => `${address}+${count}`),
  };
}

function brief(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code.slice(11)));
}

describe('exceptions', () => {
  test('a missing register is isolated, and left out of the next requests', async () => {
    const { read, asked } = await bench([0, 1, 2, 3, 4, 5, 6, 7], { exists: (address) => address !== 5 });
    const expected = [0, 1, 2, 3, 4, 'ILLEGAL_ADDRESS', 6, 7];
    expect(brief(await read())).toEqual(expected);
    expect(asked()).toEqual(['0+8', '0+4', '4+4', '4+2', '4+1', '5+1', '6+2']);
    const again = await read();
    expect(brief(again)).toEqual(expected);
    expect(again[5]).toMatchObject({ fault: { policy: 'isolate' } });
    expect(asked()).toEqual(['0+5', '6+2']);
  });

  test('a refused register is asked for again after a while, alone, and comes back', async () => {
    let aheadMs = 0;
    let isRepaired = false;
    const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs };
    const { read, asked } = await bench([0, 1, 2], { exists: (address) => address !== 1 || isRepaired, clock });
    await read();
    isRepaired = true;
    expect(brief(await read())).toEqual([0, 'ILLEGAL_ADDRESS', 2]);
    aheadMs = REFUSED_RETRY_MS + 1000;
    expect(brief(await read())).toEqual([0, 1, 2]);
    expect(asked()).toEqual(['0+1', '2+1', '1+1']);
    expect(brief(await read())).toEqual([0, 1, 2]);
    expect(asked()).toEqual(['0+3']);
  });

  test('unused registers that do not exist cost one refused request, not one each round', async () => {
    const { read, asked } = await bench([0, 1, 8, 9], { exists: (address) => address < 2 || address > 7 });
    expect(brief(await read())).toEqual([0, 1, 8, 9]);
    expect(asked()).toEqual(['0+10', '0+2', '8+2']);
    expect(brief(await read())).toEqual([0, 1, 8, 9]);
    expect(asked()).toEqual(['0+2', '8+2']);
  });

  test('a device that takes shorter requests than it should is met half way', async () => {
    const script = (request: AskedFor): Mischief =>
      request.count > 4 ? { kind: 'exception', exception: 3 } : { kind: 'none' };
    const { read, asked } = await bench([0, 1, 2, 3, 4, 5], { script });
    expect(brief(await read())).toEqual([0, 1, 2, 3, 4, 5]);
    expect(brief(await read())).toEqual([0, 1, 2, 3, 4, 5]);
    expect(asked()).toEqual(['0+3', '3+3']);
  });

  test('a busy device is asked again within the round', async () => {
    const script = (_: AskedFor, count: number): Mischief =>
      count <= 2 ? { kind: 'exception', exception: 4 + count } : { kind: 'none' };
    const { read, connection } = await bench([3], { script });
    expect(brief(await read())).toEqual([3]);
    expect(connection.counts().requests).toBe(3);
  });

  test.each<[number, string, string]>([
    [4, 'DEVICE_FAILURE', 'retry'],
    [6, 'BUSY', 'wait'],
    [7, 'DEVICE_FAILURE', 'retry'],
    [8, 'DEVICE_FAILURE', 'retry'],
    [10, 'GATEWAY_PATH', 'demote'],
    [11, 'GATEWAY_TARGET', 'demote'],
    [99, 'EXCEPTION', 'retry'],
  ])('exception %i is %s, and the connection stays', async (exception, code, policy) => {
    let isFaulty = true;
    const { read, server } = await bench([3], {
      script: () => (isFaulty ? { kind: 'exception', exception } : { kind: 'none' }),
    });
    expect(await read()).toMatchObject([{ kind: 'miss', fault: { code: `DRV_MODBUS_${code}`, policy } }]);
    isFaulty = false;
    expect(brief(await read())).toEqual([3]);
    expect(server.openConnections()).toBe(1);
  });

  test('a function that the device does not serve is asked again only rarely', async () => {
    let aheadMs = 0;
    let isFaulty = true;
    const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs };
    const script = (): Mischief => (isFaulty ? { kind: 'exception', exception: 1 } : { kind: 'none' });
    const { read, asked } = await bench([3], { script, clock });
    expect(await read()).toMatchObject([{ fault: { code: 'DRV_MODBUS_ILLEGAL_FUNCTION', policy: 'misconfigured' } }]);
    isFaulty = false;
    aheadMs = 3_500_000;
    expect(brief(await read())).toEqual(['ILLEGAL_FUNCTION']);
    expect(asked()).toEqual([]);
    aheadMs = 3_700_000;
    expect(brief(await read())).toEqual([3]);
  });

  test.each([4, 7, 8, 99])(
    'a register that always fails (exception %i) costs its neighbours nothing',
    async (exception) => {
      const script = (request: AskedFor): Mischief =>
        request.address <= 2 && request.address + request.count > 2
          ? { kind: 'exception', exception }
          : { kind: 'none' };
      const { read, asked } = await bench([0, 1, 2, 3, 4], { script });
      for (let round = 0; round < 3; round += 1) {
        const outcomes = await read();
        expect(outcomes.map((outcome) => outcome.kind)).toEqual(['sample', 'sample', 'miss', 'sample', 'sample']);
        expect(outcomes[2]).toMatchObject({ fault: { policy: 'retry' } });
      }
      expect(asked()).toEqual(['0+2', '3+2']);
    },
  );

  test('a device that fails as a whole is not taken apart at each poll', async () => {
    const { read, asked } = await bench([0, 1, 2, 3], { script: () => ({ kind: 'exception', exception: 4 }) });
    await read();
    expect(asked()).toHaveLength(7);
    await read();
    expect(asked()).toEqual(['0+4']);
  });

  test('a slave that is dead behind its gateway is asked once a round', async () => {
    const { read, asked } = await bench([0, 100, 200], { script: () => ({ kind: 'exception', exception: 11 }) });
    expect(brief(await read())).toEqual(['GATEWAY_TARGET', 'GATEWAY_TARGET', 'GATEWAY_TARGET']);
    expect(asked()).toEqual(['0+1']);
  });
});

describe('silence', () => {
  /** A clock, and a device that does what `mischief` says and for which nobody waits where it says that it is silent. */
  function given(mischief: (request: AskedFor, count: number) => Mischief, isSilent: (count: number) => boolean) {
    const clock = new SkippingClock();
    const script = (request: AskedFor, count: number): Mischief => {
      // What is sent in place of a reply is there before the time is over.
      if (isSilent(count)) setTimeout(() => clock.skip(TIMEOUT_MS), 30);
      return mischief(request, count);
    };
    return { clock, script };
  }

  test('a register that is passed over in silence does not cost its neighbours', async () => {
    const { read, connection } = await bench(
      [0, 100, 200],
      given(
        ({ address }) => ({ kind: address === 0 ? 'drop' : 'none' }),
        (count) => count === 1,
      ),
    );
    const outcomes = await read();
    expect(brief(outcomes)).toEqual(['TIMEOUT', 100, 200]);
    expect(outcomes[0]).toMatchObject({ fault: { policy: 'retry' } });
    expect(connection.counts()).toEqual({ requests: 3, timeouts: 1, strangers: 0, writes: 0, sent: { 3: 3 } });
  });

  test('a device that answers nothing ends the round after two requests, and the connection is spent', async () => {
    const { read, asked } = await bench(
      [0, 100, 200, 300],
      given(
        () => ({ kind: 'black-hole' }),
        () => true,
      ),
    );
    const outcomes = await read();
    expect(brief(outcomes)).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(outcomes.every((outcome) => outcome.kind === 'miss' && outcome.fault.policy === 'reconnect')).toBe(true);
    expect(asked()).toEqual(['0+1', '100+1']);
    expect(brief(await read())).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(asked()).toEqual([]);
  });

  test('after a timeout no reply of the old connection is ever looked at', async () => {
    const { read, connection } = await bench(
      [0, 100],
      given(
        (_, count) => ({ kind: 'delay', delayMs: count === 1 ? 50 : 100 }),
        (count) => count === 1,
      ),
    );
    expect(brief(await read())).toEqual(['TIMEOUT', 100]);
    expect(connection.counts().strangers).toBe(0);
  });

  test.each<[Mischief, string]>([
    [{ kind: 'reset' }, 'RESET'],
    [{ kind: 'end-mid-frame' }, 'CLOSED'],
    [{ kind: 'wrong-byte-count', offset: 2 }, 'MALFORMED_REPLY'],
    [{ kind: 'truncated' }, 'MALFORMED_REPLY'],
    [{ kind: 'huge-length' }, 'MALFORMED_REPLY'],
    [{ kind: 'wrong-unit' }, 'TIMEOUT'],
    [{ kind: 'wrong-transaction', offset: 256 }, 'TIMEOUT'],
    [{ kind: 'drip', everyMs: TIMEOUT_MS }, 'TIMEOUT'],
  ])('%j is %s and spends the connection', async (mischief, code) => {
    const bad = given(
      () => mischief,
      () => code === 'TIMEOUT',
    );
    const { read } = await bench([3], bad);
    expect(await read()).toMatchObject([{ fault: { code: `DRV_MODBUS_${code}`, policy: 'reconnect' } }]);
  });

  test('a reply in many small pieces is put together', async () => {
    const { read } = await bench([3], { script: () => ({ kind: 'drip', everyMs: 1 }) });
    expect(brief(await read())).toEqual([3]);
  });

  test('a doubled reply is counted and thrown away', async () => {
    const { read, connection } = await bench([3, 100], { script: () => ({ kind: 'duplicate', delayMs: 0 }) });
    expect(brief(await read())).toEqual([3, 100]);
    expect(brief(await read())).toEqual([3, 100]);
    await expect.poll(() => connection.counts().strangers).toBeGreaterThanOrEqual(2);
  });
});

describe('manners', () => {
  test('each-cycle leaves no connection open between rounds', async () => {
    const { read, server } = await bench([3], { settings: { connect: 'each-cycle' } });
    expect(brief(await read())).toEqual([3]);
    await expect.poll(() => server.openConnections()).toBe(0);
    expect(brief(await read())).toEqual([3]);
  });

  test('a pause is kept between a reply and the next request', async () => {
    const moments: number[] = [];
    const script = (): Mischief => {
      moments.push(machineClock.monotonicMs());
      return { kind: 'none' };
    };
    const { read } = await bench([0, 100, 200], { script, settings: { pause: '30ms' } });
    expect(brief(await read())).toEqual([0, 100, 200]);
    const [first = 0, second = 0, third = 0] = moments;
    expect(Math.min(second - first, third - second)).toBeGreaterThan(25);
  });

  test('an abort in the middle keeps what was read and says so of the rest', async () => {
    const abort = new AbortController();
    const script = (request: AskedFor): Mischief => {
      if (request.address !== 100) return { kind: 'none' };
      abort.abort();
      return { kind: 'drop' };
    };
    const { read } = await bench([0, 100, 200], { script });
    expect(brief(await read(abort.signal))).toEqual([0, 'ABORTED', 'ABORTED']);
  });

  test('a bit is taken from the right place of its block', async () => {
    const server = await startFaultServer({
      random: seededRandom(1),
      script: () => ({ kind: 'none' }),
      cell: (_, address) => (address % 3 === 0 ? 1 : 0),
    });
    const bits = [9, 10, 12, 27];
    const device = modbusDevice(
      { port: server.port },
      bits.map((address) => ({ id: `b${address}`, register: 'discrete', address })),
    );
    const outcome = await modbusTcp.connect(device, driverHost(3), NEVER);
    if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
    opened.push({ connection: outcome.connection, server });
    const outcomes = await outcome.connection.read(device.points, NEVER);
    expect(brief(outcomes)).toEqual([1, 0, 1, 1]);
    expect(outcomes.map((sample) => sample.kind === 'sample' && [...sample.raw])).toEqual([[1], [0], [1], [1]]);
    expect(server.asked).toMatchObject([{ functionCode: 2, address: 9, count: 19 }]);
  });
});
