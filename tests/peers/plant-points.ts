import type { PointText } from '../contract/modbus-device.ts';

const MODULUS = 2n ** 32n;

/** The points of the contract's plant.yaml, which both peers serve. */
export const PLANT_POINTS: readonly PointText[] = [
  { id: 'flow', ...float32(3000), unit: 'm3/s' },
  { id: 'head', ...float32(3002), unit: 'm' },
  { id: 'power', ...float32(3004), unit: 'kW' },
  { id: 'energy_export', ...counter(3006) },
  { id: 'energy_import', ...counter(3008) },
  { id: 'gate', register: 'holding', address: 3010, type: 'int16', scale: 0.01, unit: '%' },
  {
    id: 'status',
    register: 'holding',
    address: 3011,
    type: 'uint16',
    kind: 'state',
    map: { 0: 'stopped', 1: 'starting', 2: 'generating', 3: 'stopping', 4: 'tripped' },
  },
  { id: 'water_temp', register: 'holding', address: 3012, type: 'int16', scale: 0.1, unit: 'Cel' },
  { id: 'ph', register: 'holding', address: 3013, type: 'uint16', scale: 0.01, unit: 'pH' },
  { id: 'turbidity', register: 'holding', address: 3014, type: 'uint16', scale: 0.1, unit: 'NTU' },
];

function float32(address: number) {
  return { register: 'holding', address, type: 'float32', order: 'ABCD' };
}

function counter(address: number) {
  const kind: 'counter' = 'counter';
  return { register: 'holding', address, type: 'uint32', order: 'ABCD', unit: 'kWh', kind, modulus: MODULUS };
}
