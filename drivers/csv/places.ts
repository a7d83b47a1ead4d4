import type { DriverPlaces } from '../../core/acquisition/driver.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import type { CsvPointSettings } from './point-schema.ts';

/** The folder with the pattern of its files, and the column, with the rows where one column holds many values. */
export const csvPlaces: DriverPlaces = {
  device(connection) {
    const { folder, pattern } = connection as CsvConnectionSettings;
    return `${folder}, ${pattern}`;
  },
  point(settings) {
    const { column, where = {} } = settings as CsvPointSettings;
    const rows = Object.entries(where).map(([name, text]) => `${name} = ${text}`);
    return rows.length === 0 ? column : `${column}, rows with ${rows.join(' and ')}`;
  },
};
