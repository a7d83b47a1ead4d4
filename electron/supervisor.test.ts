import { describe, expect, it } from 'vitest';
import type { Ending, OwnAppliance } from './appliance-process.ts';
import type { RunningAppliance } from './attach.ts';
import type { ShellState } from './shell-state.ts';
import { MISSED_ANSWERS_MAX, STEADY_AFTER_MS, Supervisor, WATCH_EVERY_MS } from './supervisor.ts';

const FIRST: RunningAppliance = { url: 'http://127.0.0.1:8740', localToken: 'first' };
const SECOND: RunningAppliance = { url: 'http://127.0.0.1:8740', localToken: 'second' };
const CRASH = { code: 'APP_DESKTOP_ENDED', sentence: 'It ended', hint: undefined };

interface Launched {
  own: OwnAppliance;
  listen(): void;
  end(ending: Ending): void;
  stops: number;
}

/** A world with its own clock; `found` is what looking for an appliance answers. */
function createWorld() {
  const world = {
    found: undefined as RunningAppliance | undefined,
    states: [] as ShellState[],
    launched: [] as Launched[],
    nowMs: 0,
    timers: new Set<{ atMs: number; action: () => void }>(),
    last: () => world.states.at(-1),
    /** Lets promises settle, then the clock run, timer by timer. */
    pass: async (durationMs: number) => {
      const endMs = world.nowMs + durationMs;
      for (;;) {
        await settle();
        const due = [...world.timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        world.timers.delete(due);
        world.nowMs = due.atMs;
        due.action();
      }
      world.nowMs = endMs;
      await settle();
    },
  };
  const supervisor = new Supervisor({
    find: async () => world.found,
    launch: () => {
      const launched = launch();
      world.launched.push(launched);
      return launched.own;
    },
    schedule: (delayMs, action) => {
      const timer = { atMs: world.nowMs + delayMs, action };
      world.timers.add(timer);
      return () => world.timers.delete(timer);
    },
    show: (state) => world.states.push(state),
    nowMs: () => world.nowMs,
  });
  return { world, supervisor };
}

function launch(): Launched {
  const started = Promise.withResolvers<'listening' | 'ended'>();
  const ended = Promise.withResolvers<Ending>();
  const launched: Launched = {
    stops: 0,
    listen: () => started.resolve('listening'),
    end: (ending) => {
      ended.resolve(ending);
      started.resolve('ended');
    },
    own: {
      started: started.promise,
      ended: ended.promise,
      stop: async () => {
        launched.stops += 1;
        launched.end({ exitCode: 0, failure: CRASH });
      },
    },
  };
  return launched;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('Supervisor with an appliance of somebody else', () => {
  it('attaches, starts none, and leaves it running', async () => {
    const { world, supervisor } = createWorld();
    world.found = FIRST;
    await supervisor.start();
    expect(world.states).toEqual([{ kind: 'starting' }, { kind: 'ready', appliance: FIRST }]);
    await world.pass(10 * WATCH_EVERY_MS);
    expect(world.states).toHaveLength(2);
    await supervisor.stop();
    expect(world.launched).toEqual([]);
  });

  it('takes three missed answers for a loss, says so once, and attaches again without starting one', async () => {
    const { world, supervisor } = createWorld();
    world.found = FIRST;
    await supervisor.start();
    world.found = undefined;
    await world.pass((MISSED_ANSWERS_MAX - 1) * WATCH_EVERY_MS);
    expect(world.last()).toMatchObject({ kind: 'ready' });
    await world.pass(WATCH_EVERY_MS);
    expect(world.last()).toMatchObject({ kind: 'lost', failure: { code: 'APP_DESKTOP_LOST' } });
    const shown = world.states.length;
    await world.pass(20 * WATCH_EVERY_MS);
    expect(world.states).toHaveLength(shown);
    world.found = SECOND;
    await world.pass(WATCH_EVERY_MS);
    expect(world.last()).toEqual({ kind: 'ready', appliance: SECOND });
    expect(world.launched).toEqual([]);
  });

  it('signs in again when it was restarted in between', async () => {
    const { world, supervisor } = createWorld();
    world.found = FIRST;
    await supervisor.start();
    world.found = SECOND;
    await world.pass(WATCH_EVERY_MS);
    expect(world.states.slice(1)).toEqual([
      { kind: 'ready', appliance: FIRST },
      { kind: 'ready', appliance: SECOND },
    ]);
  });

  it('starts our own when somebody presses Retry after it went for good', async () => {
    const { world, supervisor } = createWorld();
    world.found = FIRST;
    await supervisor.start();
    world.found = undefined;
    await world.pass(MISSED_ANSWERS_MAX * WATCH_EVERY_MS);
    void supervisor.start();
    await world.pass(0);
    expect(world.launched).toHaveLength(1);
  });
});

describe('Supervisor with our own appliance', () => {
  async function startOwn() {
    const { world, supervisor } = createWorld();
    void supervisor.start();
    await world.pass(0);
    world.found = FIRST;
    world.launched[0]?.listen();
    await world.pass(0);
    return { world, supervisor };
  }

  it('starts one where none runs, and stops it at the end', async () => {
    const { world, supervisor } = await startOwn();
    expect(world.states).toEqual([{ kind: 'starting' }, { kind: 'ready', appliance: FIRST }]);
    await supervisor.stop();
    expect(world.launched.map((launched) => launched.stops)).toEqual([1]);
    await world.pass(STEADY_AFTER_MS);
    expect(world.launched).toHaveLength(1);
    expect(world.last()).toMatchObject({ kind: 'ready' });
  });

  it('starts it again after a growing delay, from one second again after a steady minute', async () => {
    const { world } = await startOwn();
    const delaysMs: number[] = [];
    const crash = async () => {
      world.found = undefined;
      world.launched.at(-1)?.end({ exitCode: 1, failure: CRASH });
      await world.pass(0);
      const state = world.last();
      if (state?.kind === 'restarting') delaysMs.push(state.delayMs);
      await world.pass(delaysMs.at(-1) ?? 0);
    };
    await crash();
    await crash();
    await crash();
    world.launched.at(-1)?.listen();
    world.found = SECOND;
    await world.pass(STEADY_AFTER_MS);
    expect(world.last()).toEqual({ kind: 'ready', appliance: SECOND });
    await crash();
    expect(delaysMs).toEqual([1_000, 2_000, 4_000, 1_000]);
    expect(world.launched).toHaveLength(5);
  });

  it.each([2, 4])('waits for a person after exit code %i, and tries again on Retry', async (exitCode) => {
    const { world, supervisor } = createWorld();
    void supervisor.start();
    await world.pass(0);
    const failure = { code: 'CFG_UNKNOWN_KEY', sentence: 'Line 3 has an unknown key', hint: 'did you mean unit?' };
    world.launched[0]?.end({ exitCode, failure });
    await world.pass(STEADY_AFTER_MS);
    expect(world.last()).toEqual({ kind: 'failed', failure });
    expect(world.launched).toHaveLength(1);
    void supervisor.start();
    await world.pass(0);
    expect(world.launched).toHaveLength(2);
  });

  it('never runs two, however often somebody presses Retry', async () => {
    const { world, supervisor } = createWorld();
    for (let press = 0; press < 5; press += 1) void supervisor.start();
    await world.pass(0);
    for (let press = 0; press < 5; press += 1) void supervisor.start();
    await world.pass(0);
    expect(world.launched).toHaveLength(1);
    world.found = FIRST;
    world.launched[0]?.listen();
    await world.pass(WATCH_EVERY_MS);
    expect(world.last()).toEqual({ kind: 'ready', appliance: FIRST });
  });
});
