import { expect, test } from 'vitest';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import type { ProbeRole } from '../../core/acquisition/probe-role.ts';
import { proposeByRoles } from './propose-device.ts';

const REPORT: ProbeReport = {
  driver: 'modbus-tcp',
  connection: { host: 'h' },
  identity: [],
  places: [],
  notes: [],
  counts: { requests: 1, timeouts: 0, strangers: 0, writes: 0 },
  sent: {},
};

function role(id: string, address: number, sureness: ProbeRole['sureness']): ProbeRole {
  const decoding = { label: 'uint16 ABCD', settings: { register: 'holding', address, type: 'uint16' }, values: [5001] };
  const ranked = { decoding, bits: 9, values: [5001], isInOrder: true };
  const place = {
    place: { place: `holding ${address}`, rawHex: ['1389'], decodings: [decoding] },
    decodings: [ranked],
    leadBits: 9,
  };
  return { id, place, decoding: ranked, scale: 0.01, unit: 'Hz', isCounter: false, sureness, reason: 'r' };
}

test('a point that merely looks like something says so in the plan', () => {
  const proposal = proposeByRoles('plc1', REPORT, [role('power', 7, 'physics'), role('frequency', 12, 'looks-like')]);
  expect(proposal?.device.points).toEqual([
    { id: 'power', register: 'holding', address: 7, type: 'uint16', scale: 0.01, unit: 'Hz' },
    {
      id: 'frequency',
      register: 'holding',
      address: 12,
      type: 'uint16',
      scale: 0.01,
      unit: 'Hz',
      comment: 'not confirmed',
    },
  ]);
});
