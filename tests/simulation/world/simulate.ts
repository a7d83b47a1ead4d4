/**
 * `npm run simulate -- --seed N --minutes M --worlds K`: K worlds of M minutes, with the seeds N, N + 1 and so on. Each
 * has its own course of power cuts, full disks, stepped clocks and faulty devices. Says what happened (`--events` all of
 * it), and of a world with which a checker found something wrong, the command that replays it. Ends with 1 then.
 *
 * This part starts the worlds in a process whose changes to the disk are seen and can be made to fail.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shimEnvironment } from '../../fault/disk/disk-shim.ts';
import { newWatchedFolder } from '../../fault/disk/power-cuts.ts';

const USAGE = `npm run simulate -- [--seed N] [--minutes M] [--worlds K] [--events] [--mutate NAME]

Runs K worlds (1 unless said) of M minutes (10) with the seeds N (1), N + 1 and so on; ends with 1 if a checker finds
something wrong. --events says all that happened; --mutate breaks something on purpose, to see that it is found.
`;

if (process.argv.slice(2).some((option) => option === '--help' || option === '-h')) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const folder = newWatchedFolder();
const traceFile = `${folder}.trace`;
const controlFile = `${folder}.control`;
try {
  writeFileSync(controlFile, '');
  const program = fileURLToPath(new URL('./run-worlds.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...shimEnvironment({ folder, traceFile, controlFile }) },
  });
  process.exitCode = status ?? 1;
} finally {
  for (const path of [folder, traceFile, controlFile]) rmSync(path, { recursive: true, force: true });
}
