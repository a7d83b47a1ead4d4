import { expect, it } from 'vitest';
import { carrierPath, plantFolder } from './carrier-path.ts';

it.each([
  ['/media/usb/forebay', '/media/usb/forebay/HP-001/0-4.ndjson'],
  ['/media/usb/', '/media/usb/HP-001/0-4.ndjson'],
  ['/', '/HP-001/0-4.ndjson'],
  ['E:\\forebay', 'E:\\forebay\\HP-001\\0-4.ndjson'],
  ['E:\\', 'E:\\HP-001\\0-4.ndjson'],
  ['e:/forebay', 'e:/forebay\\HP-001\\0-4.ndjson'],
  ['\\\\office\\carrier\\', '\\\\office\\carrier\\HP-001\\0-4.ndjson'],
])('names a file under %s', (folder, path) => {
  expect(carrierPath(folder, 'HP-001', '0-4.ndjson')).toBe(path);
});

it.each([
  ['HP-001', 'HP-001'],
  ['Høyanger 2', 'H%C3%B8yanger%202'],
  ['a/..\\b:*?', 'a%2F..%5Cb%3A%2A%3F'],
  ['..', '.%2E'],
  ['CON', '%43ON'],
  ['nul.1', '%6Eul.1'],
  ['console', 'console'],
])('keeps plant %s in a folder that every disk can hold', (plantId, name) => {
  expect(plantFolder(plantId)).toBe(name);
  expect(decodeURIComponent(name)).toBe(plantId);
});
