import { expect, test } from 'vitest';
import { toText } from '../../core/model/decimal.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { DECIMALS, type NumberStyle, readNumber, THOUSANDS } from './number-text.ts';

function read(text: string, style: Partial<NumberStyle> = {}): string {
  const outcome = readNumber(text, { decimal: '.', thousands: 'none', ...style });
  return outcome.kind === 'number' ? toText(outcome.decimal) : outcome.complaint.code;
}

test.each([
  ['0', {}, '0'],
  ['+12.50', {}, '12.5'],
  ['-1.5e-3', {}, '-0.0015'],
  ['1,5', {}, 'DRV_CSV_DECIMAL_SIGN'],
  ['1,234', {}, 'DRV_CSV_DECIMAL_SIGN'],
  ['1,234', { thousands: ',' }, '1234'],
  ['1,23', { thousands: ',' }, 'DRV_CSV_THOUSANDS'],
  ['1234,567', { thousands: ',' }, 'DRV_CSV_THOUSANDS'],
  ['1,234.5', { thousands: ',' }, '1234.5'],
  ['1.234,5', { thousands: ',' }, 'DRV_CSV_THOUSANDS'],
  ['1.5', { decimal: ',' }, 'DRV_CSV_DECIMAL_SIGN'],
  ["1'234.5", { thousands: "'" }, '1234.5'],
  ['1.2.3', {}, 'DRV_CSV_THOUSANDS'],
  ['.5', {}, 'DRV_CSV_THOUSANDS'],
  ['5.', {}, 'DRV_CSV_THOUSANDS'],
  ['1e5e5', {}, 'DRV_CSV_TEXT'],
  ['1e9999', {}, 'DRV_CSV_THOUSANDS'],
  ['1e999', {}, 'DRV_CSV_NOT_FINITE'],
  ['1e-999', {}, 'DRV_CSV_NOT_FINITE'],
  ['0x1F', {}, 'DRV_CSV_TEXT'],
  ['12 kW', {}, 'DRV_CSV_TEXT'],
  ['٣', {}, 'DRV_CSV_TEXT'],
  ['nan', {}, 'DRV_CSV_NOT_FINITE'],
  ['-1.#INF00', {}, 'DRV_CSV_NOT_FINITE'],
] as const)('"%s" with %j is %s', (text, style, expected) => {
  expect(read(text, style)).toBe(expected);
});

test('a number read in another style than it was written in is never another number', () => {
  const random = seededRandom(announceSeed('csv numbers'));
  let right = 0;
  let refused = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const whole = String(Math.floor(random.next() * 10 ** (1 + Math.floor(random.next() * 9))));
    // Not three digits behind the sign: those could honestly be thousands, and only the plant can tell.
    const fraction = ['', '5', '25', '1234'][Math.floor(random.next() * 4)] ?? '';
    const style = styleAt(random.next());
    const other = styleAt(random.next());
    const grouped = style.thousands === 'none' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, style.thousands);
    const text = fraction === '' ? grouped : `${grouped}${style.decimal}${fraction}`;
    const plain = fraction === '' ? whole : `${whole}.${fraction}`;
    const expected = toText({ digits: BigInt(plain.replace('.', '')), places: fraction.length });
    expect(read(text, style)).toBe(expected);
    const seen = read(text, other);
    const couldBeOther = grouped !== whole && fraction === '' && style.thousands === other.decimal && whole.length < 7;
    if (seen.startsWith('DRV_CSV_')) refused += 1;
    else if (!couldBeOther) {
      expect(seen, `${text} written ${JSON.stringify(style)}, read ${JSON.stringify(other)}`).toBe(expected);
      right += 1;
    }
  }
  expect(right).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(1000);
});

function styleAt(pick: number): NumberStyle {
  const styles = DECIMALS.flatMap((decimal) =>
    THOUSANDS.filter((thousands) => thousands !== decimal).map((thousands) => ({ decimal, thousands })),
  );
  return styles[Math.floor(pick * styles.length)] ?? { decimal: '.', thousands: 'none' };
}
