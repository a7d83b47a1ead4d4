declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  export interface RollingFile extends EventEmitter {
    write(line: string): boolean;
    end(): void;
  }

  export interface RollingFileOptions {
    /** Path without number and extension. */
    file: string;
    extension: string;
    /** `10m` is 10 MiB. */
    size: string;
    /** Files kept besides the current one. */
    limit: { count: number; removeOtherLogFiles: boolean };
    mkdir: boolean;
    mode: number;
    /** Bytes that may wait for the disk; more is dropped. */
    maxLength: number;
  }

  export default function roll(options: RollingFileOptions): Promise<RollingFile>;
}
