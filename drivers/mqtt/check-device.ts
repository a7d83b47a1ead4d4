import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';

interface ScaledSettings {
  readonly scale: number;
}

/** Mistakes that no field shows on its own, for mqtt and sparkplug-b alike. */
export function checkDevice(device: DeviceConfig): DeviceIssue[] {
  return device.points.flatMap((point, index) => {
    const { scale } = point.settings as ScaledSettings;
    if (point.kind !== 'counter' || scale > 0) return [];
    const message = `${point.id} would count down with scale ${scale}`;
    return [{ path: ['points', index, 'scale'], message, hint: 'Use a positive scale' }];
  });
}
