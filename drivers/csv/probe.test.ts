import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { csvConnectionSchema } from './connection-schema.ts';
import { csv } from './csv.ts';

const NOW_MS = Date.UTC(2026, 10, 26, 12);

async function probe(path: string, places: string[] = []): Promise<ProbeReport | string> {
  const request = { url: new URL(`csv://${path}`), places, points: [], reads: 1, everyMs: 0 };
  const host = driverHost(1, { clock: new ManualClock(NOW_MS) });
  const outcome = await csv.probe?.(request, host, new AbortController().signal);
  if (outcome === undefined) throw new Error('the driver can probe');
  return outcome.kind === 'answered' ? outcome.report : outcome.fault.code;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay csv probe-'));
  folders.push(folder);
  for (const [index, [name, content]] of Object.entries(files).entries()) {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), NOW_MS / 1000 - 100 + index, NOW_MS / 1000 - 100 + index);
  }
  return folder;
}

function answered(report: ProbeReport | string): ProbeReport {
  if (typeof report === 'string') throw new Error(report);
  return report;
}

test('an export in the German manner is described so that only the zone is left to say', async () => {
  const folder = folderWith({
    'old.csv': 'Time,X\n2026-01-01T00:00:00Z,1\n',
    'new.csv':
      'Zeit;Durchfluß;Leistung;Text\r\n;m3/s;kW;\r\n25.11.2026 12:00:00;2,375;1234,5;a\r\n25.11.2026 12:00:10;2,5;;b\r\n',
  });
  const { connection, places, notes, counts, sent } = answered(await probe(folder));
  expect(connection).toEqual({
    folder,
    pattern: '*.csv',
    delimiter: ';',
    decimal: ',',
    units: 'next-line',
    timestamp: { column: 'Zeit', format: 'dd.MM.yyyy HH:mm:ss' },
  });
  expect(csvConnectionSchema.safeParse(connection).success).toBe(false);
  const timestamp = { column: 'Zeit', format: 'dd.MM.yyyy HH:mm:ss', zone: 'Europe/Vienna' };
  expect(csvConnectionSchema.safeParse({ ...connection, timestamp }).success).toBe(true);
  expect(places.map(({ place, unit }) => [place, unit])).toEqual([
    ['Durchfluß', 'm3/s'],
    ['Leistung', 'kW'],
    ['Text', undefined],
  ]);
  expect(places[0]?.decodings[0]).toMatchObject({ settings: { column: 'Durchfluß' }, values: [2.375, 2.5] });
  expect(places[1]?.decodings[0]?.values).toEqual([1234.5, null]);
  expect(places[1]?.rawHex).toEqual([Buffer.from('1234,5').toString('hex'), '']);
  expect(notes.join(' ')).toContain('timestamp.zone');
  expect(counts.writes).toBe(0);
  expect(Object.keys(sent)).toEqual(['read-file']);
});

test('two date orders are both named with what speaks for each, and none is chosen', async () => {
  const folder = folderWith({ 'a.csv': 'Time,Flow\n11/10/2026 12:00,1\n11/11/2026 12:00,2\n11/12/2026 12:00,3.25\n' });
  const { connection, notes } = answered(await probe(join(folder, 'a.csv'), ['Flow']));
  expect(connection.timestamp).toEqual({ column: 'Time' });
  expect(csvConnectionSchema.safeParse(connection).success).toBe(false);
  const text = notes.join(' ');
  expect(text).toMatch(/dd\/MM\/yyyy HH:mm puts the last row 15 days after/);
  expect(text).toMatch(/MM\/dd\/yyyy HH:mm puts the last row 13 days before/);
  expect(text).toContain('Say timestamp.format by hand');
});

test('one date past the twelfth decides the order', async () => {
  const folder = folderWith({ 'a.csv': 'Time,Flow\n03/12/2026 12:00,1\n13/12/2026 12:00,2\n' });
  const { connection } = answered(await probe(folder));
  expect(connection.timestamp).toEqual({ column: 'Time', format: 'dd/MM/yyyy HH:mm' });
});

test('UTF-16, a preamble, date and time apart, and times with their offset are seen', async () => {
  const text = 'Export\nDate\tClock\tFlow\n2026/11/26\t11:59:00\t1.5\n2026/11/26\t12:00:00\t2.5\n';
  const folder = folderWith({ 'a.txt': Buffer.from(`\ufeff${text}`, 'utf16le') });
  const { connection } = answered(await probe(folder));
  expect(connection).toMatchObject({
    pattern: '*.txt',
    delimiter: 'tab',
    encoding: 'utf-16le',
    header: 2,
    timestamp: { column: ['Date', 'Clock'], format: 'yyyy/MM/dd HH:mm:ss' },
  });
  const iso = folderWith({ 'a.csv': 'Time,Flow\n2026-11-26T12:00:00Z,2.5\n' });
  const described = answered(await probe(iso));
  expect(csvConnectionSchema.safeParse(described.connection).success).toBe(true);
});

test('numbers that could be thousands or decimals are doubted', async () => {
  const folder = folderWith({ 'a.csv': 'Time;E\n2026-11-26T12:00:00Z;1,234\n2026-11-26T12:01:00Z;1,235\n' });
  expect(answered(await probe(folder)).notes.join(' ')).toContain('could be a thousand or a decimal');
});

test('what is no such file is said', async () => {
  expect(await probe(folderWith({ 'a.csv': 'nothing here\n' }))).toBe('DRV_CSV_PROBE');
  expect(await probe(folderWith({}))).toBe('DRV_CSV_PROBE');
  expect(await probe(join(folderWith({}), 'absent'))).toBe('DRV_CSV_FOLDER_GONE');
});
