/** The little that the device key needs of a disk, so that the simulation can own it. */
export interface KeyDisk {
  /** The file's text and permission bits, or undefined when it does not exist. */
  read(path: string): { readonly text: string; readonly mode: number } | undefined;
  /** Puts the file in place whole and durably: after a power cut there is the old file or the new one. */
  replace(path: string, text: string, mode: number): void;
}
