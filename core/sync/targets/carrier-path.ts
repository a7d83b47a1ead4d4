const WINDOWS = /^(?:[A-Za-z]:|\\\\)/;
/** Names that Windows keeps for devices, with or without an extension, and that no disk can hold there. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** The parts joined as the folder's system writes paths: a stick is the same in a Windows and in a Linux PC. */
export function carrierPath(folder: string, ...names: readonly string[]): string {
  const separator = WINDOWS.test(folder) ? '\\' : '/';
  const base = folder.length > 1 ? folder.replace(/[\\/]+$/, '') : folder;
  return [base === '/' ? '' : base, ...names].join(separator);
}

/** The folder of a plant: its id, with what a FAT or NTFS disk cannot hold in a name percent-encoded. */
export function plantFolder(plantId: string): string {
  const name = encodeURIComponent(plantId).replace(/\*|\.$/g, (found) => (found === '*' ? '%2A' : '%2E'));
  return DEVICE_NAME.test(name) ? `%${name.charCodeAt(0).toString(16).toUpperCase()}${name.slice(1)}` : name;
}
