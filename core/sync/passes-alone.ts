/**
 * Faults that end by themselves, with the link, the other side or the next attempt. For every other one a person has to do
 * something: put a disk in, mend a key, pay an account. A new code is taken for one of those until it is listed here.
 */
const PASSING: ReadonlySet<string> = new Set([
  'SYN_NO_ANSWER',
  'SYN_TARGET_FAILED',
  'SYN_FILE_SILENT',
  'SYN_HEDERA_TOPIC_PENDING',
  'SYN_HEDERA_TOPIC_UNCERTAIN',
  'SYN_HEDERA_NODES_UNREACHABLE',
  'SYN_HEDERA_NOT_CONFIRMED',
  'SYN_HEDERA_NODE_CONTRADICTS',
  'SYN_HEDERA_SDK_FAILED',
  'SYN_HEDERA_MIRROR_UNREACHABLE',
  'SYN_HEDERA_MIRROR_BUSY',
  'SYN_HEDERA_MIRROR_FAILING',
  'SYN_HUB_RESTLESS',
  'SYN_HUB_CATCHING_UP',
  'SYN_WEB_NAME',
  'SYN_WEB_UNREACHABLE',
  'SYN_WEB_REFUSED',
  'SYN_WEB_TIMEOUT',
  'SYN_WEB_BROKEN',
  'SYN_WEB_PROXY_SILENT',
  'SYN_WEB_TOO_MANY',
  'SYN_WEB_SERVER_FAULT',
  'SYN_LINK_BUDGET',
]);

export function passesAlone(code: string): boolean {
  return PASSING.has(code);
}
