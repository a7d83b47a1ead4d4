import type { Command } from './command.ts';

/**
 * Commands that a plant runs again and again, or with little memory, each by a way to load it alone: loading all of them
 * takes several times as long and a third more memory. The others are loaded together.
 */
export const SINGLE_COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  readings: async () => (await import('./readings.ts')).readingsCommand,
  gaps: async () => (await import('./gaps.ts')).gapsCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  bundle: async () => (await import('./bundle.ts')).bundleCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  version: async () => (await import('./version.ts')).versionCommand,
  'ledger fsck': async () => (await import('./ledger.ts')).ledgerFsck,
  'ledger checkpoint': async () => (await import('./ledger.ts')).ledgerCheckpoint,
  'ledger proof': async () => (await import('./ledger.ts')).ledgerProof,
  'ledger consistency': async () => (await import('./ledger.ts')).ledgerConsistency,
};

/** The command that `words` begin with, where it can be loaded alone. */
export function singleCommand([first = '', second = '']: readonly string[]): Promise<Command> | undefined {
  const name = [`${first} ${second}`, first].find((each) => Object.hasOwn(SINGLE_COMMANDS, each));
  return name === undefined ? undefined : SINGLE_COMMANDS[name]?.();
}
