import type { MonitoredItemCreateRequestOptions } from 'node-opcua';
import type { SharedSession } from './endpoint-session.ts';

const KEEP_ALIVE_COUNT = 3;
const LIFETIME_COUNT = 30;

/** What is asked of the server for a subscription; it may revise all of it. */
export function subscriptionOptions(intervalMs: number) {
  return {
    requestedPublishingInterval: intervalMs,
    requestedMaxKeepAliveCount: KEEP_ALIVE_COUNT,
    requestedLifetimeCount: LIFETIME_COUNT,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  };
}

/** One node to be watched: the newest value only, whenever it changes. */
export function itemOptions(
  nodeId: NonNullable<MonitoredItemCreateRequestOptions['itemToMonitor']>['nodeId'],
  clientHandle: number,
  samplingInterval: number,
  { session: { library } }: { readonly session: SharedSession },
): MonitoredItemCreateRequestOptions {
  return {
    itemToMonitor: { nodeId, attributeId: library.AttributeIds.Value },
    monitoringMode: library.MonitoringMode.Reporting,
    requestedParameters: { clientHandle, samplingInterval, queueSize: 1, discardOldest: true },
  } as MonitoredItemCreateRequestOptions;
}
