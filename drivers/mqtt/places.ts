import type { DriverPlaces } from '../../core/acquisition/driver.ts';
import { type BrokerSettings, placeOf } from './broker-schema.ts';
import type { MqttPointSettings } from './point-schema.ts';
import type { SparkplugConnectionSettings, SparkplugPointSettings } from './sparkplug-schema.ts';

/** The broker, and `plant/unit1 $.flow`: topic and path within its messages. */
export const mqttPlaces: DriverPlaces = {
  device: (connection) => placeOf(connection as BrokerSettings),
  point(settings) {
    const { topic, path } = settings as MqttPointSettings;
    return path === undefined ? topic : `${topic} ${path}`;
  },
};

/** The broker with the edge node, and `Unit1/Flow`: the metric, behind whatever node or device its point names itself. */
export const sparkplugPlaces: DriverPlaces = {
  device(connection) {
    const { group, node, device, ...broker } = connection as SparkplugConnectionSettings;
    return [placeOf(broker), joined([group, node, device])].filter((part) => part !== '').join(', ');
  },
  point(settings) {
    const { metric, group, node, device } = settings as SparkplugPointSettings;
    const own = joined([group, node, device]);
    return own === '' ? metric : `${own}: ${metric}`;
  },
};

function joined(levels: readonly (string | undefined)[]): string {
  return levels.filter((level) => level !== undefined && level !== '').join('/');
}
