import { mainnetHintOf } from '../sync/mainnet-confirmation.ts';
import type { OpenHederaParts } from '../sync/open-hedera.ts';
import { openHederaSession } from '../sync/open-hedera-session.ts';
import { isDemo } from './plan-for.ts';
import { tokenMemo } from './plant-token.ts';
import { TokenMinter, type TokenMinterParts } from './token-minter.ts';
import { tokenSetupOf } from './token-setup.ts';

/** What mints certificates, where plant.yaml wants that; never for a demonstration. */
export function openMinter(parts: OpenHederaParts): TokenMinter | undefined {
  const { config, store } = parts;
  const setup = tokenSetupOf(config);
  const { hedera } = config.sync ?? {};
  if (setup === undefined || hedera === undefined || isDemo(store)) return undefined;
  const succeeded = new Set<string>();
  // What is minted on nodes of one's own counts apart from what is minted on the mainnet: the same energy would be minted there
  // twice. That they are the mainnet's may show only once the mirror was asked.
  const isUnnamed = (): boolean => hedera.network === undefined && mainnetHintOf(hedera, store)?.isCertain === true;
  const open: TokenMinterParts['open'] = async () => {
    if (isUnnamed()) return MAINNET_UNNAMED;
    const session = await openHederaSession(parts, hedera, succeeded);
    if ('code' in session || !isUnnamed()) return session;
    await session.port.close();
    return MAINNET_UNNAMED;
  };
  return new TokenMinter({ ...parts, setup, memo: tokenMemo(config.plant.id, parts.key.name), open });
}

const MAINNET_UNNAMED = {
  code: 'TOK_MAINNET_UNNAMED',
  message:
    'The nodes that plant.yaml names are those of the mainnet of Hedera: nothing is minted there under another name.',
  hint: 'write network: mainnet in place of nodes and mirror where certificates are to be real, else name other nodes',
};
