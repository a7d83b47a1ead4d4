import { describe, expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { placesOf } from '../../tests/contract/register-places.ts';
import { seededPlc } from '../../tests/contract/seeded-plc.ts';
import { seededRandom } from '../model/random.ts';
import type { ProbedPlace } from './probe.ts';
import { rankDecodings } from './rank-decodings.ts';

const seed = announceSeed('ranking of decodings');
const PLCS = 100;
/** Four reads, and as many as a patient engineer makes. */
const READS = [4, 16];
/** Measured over some thousand such PLCs: 96 % to 99 % of the values and every word order. */
const RIGHT_SHARE_MIN = 0.93;
const ORDER_SHARE_MIN = 0.98;

describe('ranking', () => {
  test('the right type and word order stand first in unknown PLCs of every word order', () => {
    const random = seededRandom(seed);
    let fields = 0;
    let right = 0;
    let orders = 0;
    const wrong = new Map<string, number>();
    for (let n = 0; n < PLCS; n += 1) {
      const plc = seededPlc(random);
      const images = Array.from({ length: READS[n % READS.length] ?? 4 }, (_, second) => plc.imageAt(second));
      const { places, order } = rankDecodings(placesOf(images, plc.first, plc.count));
      if (order?.name === plc.order) orders += 1;
      for (const field of plc.fields) {
        const place = places.find((each) => each.place.place === `holding ${field.address}`);
        const expected = images.map((image) => Number(image.raw({ ...field, scale: 1 })));
        fields += 1;
        const isRight =
          place?.partOf === undefined && JSON.stringify(place?.decodings[0]?.values) === JSON.stringify(expected);
        if (isRight) right += 1;
        else wrong.set(`${field.name} ${field.type}`, (wrong.get(`${field.name} ${field.type}`) ?? 0) + 1);
      }
    }
    const shares = { right: right / fields, order: orders / PLCS };
    process.stdout.write(`ranking: ${fields} values, ${JSON.stringify(shares)} ${JSON.stringify([...wrong])}\n`);
    expect(fields).toBe(PLCS * 12);
    expect(shares.right).toBeGreaterThanOrEqual(RIGHT_SHARE_MIN);
    expect(shares.order).toBeGreaterThanOrEqual(ORDER_SHARE_MIN);
  });
});

describe('a single place', () => {
  const place = (values: (number | null)[], settings = {}): ProbedPlace => ({
    place: 'n',
    rawHex: [''],
    decodings: [{ label: 'x', settings, values }],
  });

  test('of a node or a topic is kept as it is', () => {
    const { places, order } = rankDecodings([place([230.5], { nodeId: 'ns=1;s=U' })]);
    expect(order).toBeUndefined();
    expect(places[0]?.decodings[0]?.values).toEqual([230.5]);
  });

  test('that is no number in one read is no candidate', () => {
    const settings = { register: 'holding', address: 4, type: 'float32', order: 'ABCD' };
    const { places } = rankDecodings([place([230.5, null], settings)]);
    expect(places[0]?.decodings[0]).toMatchObject({ values: [], bits: expect.any(Number) });
    expect(places[0]?.decodings[0]?.bits).toBeLessThan(-20);
  });

  test('of an S7 block shares its bytes with its neighbours', () => {
    const bytes = new DataView(new ArrayBuffer(4));
    bytes.setFloat32(0, 231.4);
    const at = (offset: number, type: string, value: number) => ({
      label: type,
      settings: { address: `DB7,${type}${offset}` },
      values: [value],
    });
    const { places } = rankDecodings([
      {
        place: 'DB7.0',
        rawHex: [''],
        decodings: [
          at(0, 'WORD', bytes.getUint16(0)),
          at(0, 'DINT', bytes.getInt32(0)),
          at(0, 'REAL', bytes.getFloat32(0)),
        ],
      },
      { place: 'DB7.2', rawHex: [''], decodings: [at(2, 'WORD', bytes.getUint16(2))] },
    ]);
    expect(places[0]?.decodings[0]?.decoding.label).toBe('REAL');
    expect(places[1]?.partOf).toBe('DB7.0');
  });
});
