import type { Session } from 'electron';
import { mayRequest } from './navigation.ts';

/** Applied to answers that carry no policy of their own; the appliance sends a stricter one. */
export const FALLBACK_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const POLICY_HEADER = 'Content-Security-Policy';

/** Refuses every permission, every request that leaves the appliance, and answers without a content policy. */
export function guardSession(
  session: Session,
  consoleOrigin: () => string | undefined,
  ownFiles: ReadonlySet<string>,
): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !mayRequest(details.url, consoleOrigin(), ownFiles) });
  });
  session.webRequest.onHeadersReceived((details, answer) => {
    answer({ responseHeaders: withPolicy(details.responseHeaders ?? {}) });
  });
}

/** The headers with a content policy among them: their own, or the fallback. */
export function withPolicy(headers: Record<string, string[]>): Record<string, string[]> {
  const hasPolicy = Object.keys(headers).some((name) => name.toLowerCase() === POLICY_HEADER.toLowerCase());
  return hasPolicy ? headers : { ...headers, [POLICY_HEADER]: [FALLBACK_POLICY] };
}
