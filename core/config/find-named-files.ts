import type { ConfigPath } from './config-issue.ts';
import { type Place, readYaml } from './yaml-source.ts';

/** A file that plant.yaml names and that Forebay reads beside it: a key, a password, a certificate. */
export interface NamedFile extends Place {
  readonly path: ConfigPath;
  /** The path of a file, or `env:NAME`. */
  readonly name: string;
  /** `secret`: nobody but its owner may read it. */
  readonly kind: 'secret' | 'public';
}

/** Keys of plant.yaml whose file everybody may read. What ends with `File` besides these is a secret. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set(['caFile', 'certFile', 'certificateFile', 'publicKeyFile']);

/** Every file that a plant.yaml names under a key that ends with `File`, in the order of the text; none where it cannot be read. */
export function findNamedFiles(text: string): readonly NamedFile[] {
  const { source } = readYaml(text);
  if (source === undefined) return [];
  const found: NamedFile[] = [];
  const walk = (value: unknown, path: ConfigPath): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const inside: ConfigPath = [...path, Array.isArray(value) ? Number(key) : key];
      if (typeof inner !== 'string') walk(inner, inside);
      else if (/^\w+File$/.test(key)) {
        const kind = PUBLIC_KEYS.has(key) ? 'public' : 'secret';
        found.push({ ...source.placeOf(inside), path: inside, name: inner, kind });
      }
    }
  };
  walk(source.value, []);
  return found;
}
