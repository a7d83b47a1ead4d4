import { decoderOf } from '../../drivers/opcua/decode.ts';
import { opcua } from '../../drivers/opcua/opcua.ts';
import { asOpcUaRecipe } from '../../drivers/opcua/recipe.ts';
import { FaultyOpcUaServer, PLANT_NAMESPACE } from '../fault/opcua-server.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { opcuaDevice } from './opcua-device.ts';

driverContract('opcua by reading', () => setup('read'));
driverContract('opcua by subscription', () => setup('subscribe'));

async function setup(acquire: 'read' | 'subscribe'): Promise<DriverUnderTest> {
  const server = await FaultyOpcUaServer.start({
    nodes: {
      Flow: { type: 'Float', value: 2.375 },
      Head: { type: 'Double', value: 94.6 },
      Energy: { type: 'UInt64', value: [1, 23] },
      Gate: { type: 'Int16', value: -7350 },
      Running: { type: 'Boolean', value: true },
      State: { type: 'Int32', value: 2 },
    },
  });
  const deviceAt = (endpoint: string) =>
    opcuaDevice({ endpoint, trust: 'accept-first', acquire }, [
      { id: 'flow', nodeId: `nsu=${PLANT_NAMESPACE};s=Flow`, unit: 'm3/s' },
      { id: 'head', nodeId: `nsu=${PLANT_NAMESPACE};s=Head`, unit: 'm', offset: 0.5 },
      {
        id: 'energy',
        nodeId: `nsu=${PLANT_NAMESPACE};s=Energy`,
        unit: 'kWh',
        kind: 'counter',
        type: 'UInt64',
        scale: 0.1,
      },
      { id: 'gate', nodeId: `nsu=${PLANT_NAMESPACE};s=Gate`, unit: '%', scale: -0.01 },
      {
        id: 'running',
        nodeId: `nsu=${PLANT_NAMESPACE};s=Running`,
        kind: 'state',
        map: { 0: 'stopped', 1: 'generating' },
      },
      { id: 'state', nodeId: `nsu=${PLANT_NAMESPACE};s=State`, kind: 'state', map: { 1: 'starting', 2: 'generating' } },
    ]);
  return {
    driver: opcua,
    device: deviceAt(server.endpoint),
    unreachable: deviceAt(`opc.tcp://127.0.0.1:${await freePort()}`),
    decode: (recipe, raw) => {
      const decoded = decoderOf(asOpcUaRecipe(recipe))(raw);
      if ('policy' in decoded) throw new Error(decoded.message);
      const { value, register } = decoded;
      return register === undefined ? { value } : { value, register };
    },
    hang: () => {
      server.answerAfterMs = 60_000;
    },
    close: () => server.stop(),
  };
}
