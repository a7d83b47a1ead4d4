import { expect, test } from 'vitest';
import { formatPath } from './config-issue.ts';
import { findNamedFiles } from './find-named-files.ts';

const TEXT = `version: 1
devices:
  - id: meter
    connection: { url: "mqtts://broker.example", passwordFile: mqtt.password, caFile: ca.pem }
sync:
  file: { folder: /media/usb/forebay }
  hedera:
    operatorKeyFile: env:HEDERA_KEY
`;

test('every file under a key that ends with File is found, with its place and whether it is a secret', () => {
  const found = findNamedFiles(TEXT).map(({ path, name, kind, line }) => [formatPath(path), name, kind, line]);
  expect(found).toEqual([
    ['devices[0].connection.passwordFile', 'mqtt.password', 'secret', 4],
    ['devices[0].connection.caFile', 'ca.pem', 'public', 4],
    ['sync.hedera.operatorKeyFile', 'env:HEDERA_KEY', 'secret', 8],
  ]);
});

test.each(['', 'sync: [', '- a', 'a: &a { b: *a }', 'keyFile: 17'])('%j names none', (text) => {
  expect(findNamedFiles(text)).toEqual([]);
});
