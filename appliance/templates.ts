import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DeviceTemplate, parseTemplate, type TemplateCatalogue } from '../core/config/device-template.ts';

const FOLDER = fileURLToPath(new URL('../drivers/templates/', import.meta.url));
const FILE = /^([a-z0-9-]+@[1-9]\d*)\.yaml$/;

/** The templates that come with the program: one file each, named `name@version.yaml`, read when somebody asks for it. */
export const templates: TemplateCatalogue = templatesIn(FOLDER);

export function templatesIn(folder: string): TemplateCatalogue {
  let references: readonly string[] | undefined;
  const known = new Map<string, DeviceTemplate>();
  const list = (): readonly string[] => {
    references ??= readdirSync(folder)
      .flatMap((file) => FILE.exec(file)?.[1] ?? [])
      .sort();
    return references;
  };
  return {
    get references() {
      return list();
    },
    find(reference) {
      if (!list().includes(reference)) return undefined;
      const file = `${reference}.yaml`;
      const template = known.get(reference) ?? parseTemplate(readFileSync(join(folder, file), 'utf8'), file);
      known.set(reference, template);
      return template;
    },
  };
}
