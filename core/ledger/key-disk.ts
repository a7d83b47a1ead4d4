/** The little that the device key needs of a disk, so that the simulation can own it. */
export interface KeyDisk {
  /** The file's text and permission bits, or undefined when it does not exist. */
  read(path: string): { readonly text: string; readonly mode: number } | undefined;
  /** Puts the file in place whole and durably: after a power cut there is the old file or the new one. */
  replace(path: string, text: string, mode: number): void;
  /**
   * Writes zeros over the file's bytes where they lie, durably. Disks that move what is written (flash, snapshots) may
   * keep the old bytes all the same. A file that does not exist is left so.
   */
  overwrite(path: string): void;
  /** Gives the file another name durably, in place of whatever has it; after a power cut it has the old or the new. */
  move(from: string, to: string): void;
  /** Removes the file durably; one that does not exist is left so. */
  remove(path: string): void;
}
