import packageFile from '../package.json' with { type: 'json' };

/** Of this program, as it is recorded with every start. */
export const version: string = packageFile.version;
