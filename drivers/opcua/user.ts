import type { EndpointDescription } from 'node-opcua';
import type { Secrets } from '../../core/acquisition/driver.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { ExchangeFailure } from './deadline.ts';
import type { Library } from './library.ts';
import type { User } from './reading-client.ts';

/** The user of the connection with the password as its file has it now. @throws ExchangeFailure */
export function readUser({ username, passwordFile }: OpcUaConnectionSettings, secrets: Secrets): User | undefined {
  if (username === undefined || passwordFile === undefined) return undefined;
  const secret = secrets.read(passwordFile);
  if (secret.kind === 'fault') throw new ExchangeFailure(secret.fault);
  return { name: username, password: secret.text };
}

/** Makes sure that the server takes users the way this connection names one. @throws ExchangeFailure */
export function checkUserToken(
  library: Library,
  { userIdentityTokens }: EndpointDescription,
  { endpoint, username }: OpcUaConnectionSettings,
): void {
  const { UserTokenType } = library;
  const wanted = username === undefined ? UserTokenType.Anonymous : UserTokenType.UserName;
  const types = (userIdentityTokens ?? []).map(({ tokenType }) => tokenType);
  if (types.length === 0 || types.includes(wanted)) return;
  if (username === undefined) {
    throw new ExchangeFailure({
      code: 'DRV_OPCUA_USER_NEEDED',
      message: `The server at ${endpoint} lets nobody in without a user name.`,
      policy: 'reconnect',
      hint: 'Have a user made that may only read, and name it in "username" and "passwordFile"',
    });
  }
  throw new ExchangeFailure({
    code: 'DRV_OPCUA_USER_UNKNOWN_WAY',
    message: `The server at ${endpoint} takes no user names on this way in.`,
    policy: 'reconnect',
    hint: 'Leave "username" and "passwordFile" out, or switch on user names in the server',
  });
}
