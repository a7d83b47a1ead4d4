import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Child, followProcess, STOP_GRACE_MS } from './appliance-process.ts';

class FakeChild extends EventEmitter implements Child {
  readonly pid = 77;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly messages: unknown[] = [];
  kills = 0;

  postMessage(message: unknown): void {
    this.messages.push(message);
  }

  kill(): boolean {
    this.kills += 1;
    this.end(143);
    return true;
  }

  /** As in Electron, the exit is told before the last of standard error. */
  end(exitCode: number): void {
    this.emit('exit', exitCode);
    this.stderr.end();
  }
}

function follow() {
  const child = new FakeChild();
  const timers: { delayMs: number; action: () => void; isCancelled: boolean }[] = [];
  const appliance = followProcess(child, (delayMs, action) => {
    const timer = { delayMs, action, isCancelled: false };
    timers.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  });
  return { child, appliance, timers };
}

describe('followProcess', () => {
  it('has started once the listening line is whole, whatever else is printed', async () => {
    const { child, appliance } = follow();
    child.stdout.write('Simulated plant\n{"event":"other"}\n{not json\n{"event":"lis');
    child.stdout.write('tening","url":"http://127.0.0.1:8740"}\n');
    expect(await appliance.started).toBe('listening');
  });

  it('gives the last error line as the reason of an end', async () => {
    const { child, appliance } = follow();
    child.stderr.write('CFG_FIRST: One thing is wrong (mend it)\n');
    child.stderr.write('{"level":50}\nAPP_PORT_TAKEN: Port 8740 is in use (use --port)');
    child.end(2);
    expect(await appliance.started).toBe('ended');
    expect(await appliance.ended).toEqual({
      exitCode: 2,
      failure: { code: 'APP_PORT_TAKEN', sentence: 'Port 8740 is in use', hint: 'use --port' },
    });
  });

  it('says the exit code when no reason was given', async () => {
    const { child, appliance } = follow();
    child.end(139);
    expect((await appliance.ended).failure).toMatchObject({ code: 'APP_DESKTOP_ENDED' });
    expect((await appliance.ended).failure.sentence).toContain('139');
  });

  it('asks to stop by message, and kills only after the grace time', async () => {
    const polite = follow();
    const politeStop = polite.appliance.stop();
    expect(polite.child.messages).toEqual([{ kind: 'stop' }]);
    polite.child.end(0);
    await politeStop;
    expect(polite.child.kills).toBe(0);
    expect(polite.timers).toContainEqual(expect.objectContaining({ delayMs: STOP_GRACE_MS, isCancelled: true }));

    const stuck = follow();
    const stuckStop = stuck.appliance.stop();
    stuck.timers[0]?.action();
    await stuckStop;
    expect(stuck.child.kills).toBe(1);
  });
});
