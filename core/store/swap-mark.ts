import { existsSync } from 'node:fs';
import { Failure } from '../model/failure.ts';

/**
 * The file that stands beside a store for as long as another takes its place. While it is there the store may lie
 * without its log, so that it would look like an older one: nobody opens it before the exchange is taken back.
 */
export function swapMarkOf(storePath: string): string {
  return `${storePath}.swap`;
}

/** @throws Failure `STO_SWAP_UNFINISHED` where an exchange of the store was cut off. */
export function refuseHalfSwapped(storePath: string): void {
  if (!existsSync(swapMarkOf(storePath))) return;
  throw new Failure(
    'STO_SWAP_UNFINISHED',
    `A restore, a salvage or a change of the encryption of ${storePath} was cut off in the middle.`,
    {
      hint: 'start the appliance or run that command again: either takes the half exchange back first, and nothing is lost',
      exitCode: 4,
    },
  );
}
