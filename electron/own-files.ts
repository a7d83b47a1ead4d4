import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const PRELOAD_FILE = join(import.meta.dirname, 'preload.cjs');
export const STATUS_FILE = join(import.meta.dirname, 'status.html');
export const APPLIANCE_ENTRY_FILE = join(import.meta.dirname, 'appliance-entry.mjs');

/** The addresses of the only local files that a page may load. */
export const STATUS_FILE_URLS: ReadonlySet<string> = new Set(
  ['status.html', 'status.css', 'status.js'].map((name) => pathToFileURL(join(import.meta.dirname, name)).href),
);
