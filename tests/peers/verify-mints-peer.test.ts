import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  APPROVED_STEPS,
  MINT_LIES,
  type MintStep,
  mint,
  plan,
  STEP_LEAF,
  STEPS_BEGAN_MS,
} from '../fixtures/mint-steps.ts';

/** The second verifier's rules of mints, on the entries that the first one is tested with. */
const PROGRAM = `
import json, sys, verify_months
for entries in json.load(sys.stdin):
    try:
        verify_months.check_mints(entries, 0, lambda index: "${STEP_LEAF.toString('hex')}")
        print("valid")
    except verify_months.Invalid as why:
        print(why)
`;

function judge(ledgers: readonly (readonly MintStep[])[]): string[] {
  const input = ledgers.map((steps) =>
    steps.map(([kind, body], index) => ({ index, kind, body, recorded: STEPS_BEGAN_MS + index * 1000 })),
  );
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', '-c', PROGRAM], {
    ...{ encoding: 'utf8', input: JSON.stringify(input), cwd: fileURLToPath(new URL('.', import.meta.url)) },
  });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('the second verifier takes a mint that two persons approved, and refuses every other', () => {
  expect(judge([[...APPROVED_STEPS, mint(plan())]])).toEqual(['valid']);
  const said = judge(MINT_LIES.map(([, steps]) => steps));
  const accepted = MINT_LIES.flatMap(([name], i) =>
    said[i]?.startsWith('mint of entry ') === true ? [] : [name, said[i]],
  );
  expect(accepted).toEqual([]);
});
