import type { OpenHederaParts } from '../sync/open-hedera.ts';
import { openHederaSession } from '../sync/open-hedera-session.ts';
import { isDemo } from './plan-for.ts';
import { tokenMemo } from './plant-token.ts';
import { TokenMinter } from './token-minter.ts';
import { tokenSetupOf } from './token-setup.ts';

/** What mints certificates, where plant.yaml wants that; never for a demonstration. */
export function openMinter(parts: OpenHederaParts): TokenMinter | undefined {
  const { config, store } = parts;
  const setup = tokenSetupOf(config);
  const { hedera } = config.sync ?? {};
  if (setup === undefined || hedera === undefined || isDemo(store)) return undefined;
  const succeeded = new Set<string>();
  const open = () => openHederaSession(parts, hedera, succeeded);
  return new TokenMinter({ ...parts, setup, memo: tokenMemo(config.plant.id, parts.key.name), open });
}
