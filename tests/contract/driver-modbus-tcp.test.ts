import { modbusTcp } from '../../drivers/modbus/modbus-tcp.ts';
import { TCP_FRAMING } from '../fault/modbus-framing.ts';
import { freePort } from '../fixtures/free-port.ts';
import { driverContract } from './driver-contract.ts';
import { modbusSubject } from './modbus-subject.ts';

driverContract('modbus-tcp', () =>
  modbusSubject({
    driver: modbusTcp,
    framing: TCP_FRAMING,
    reach: async ({ port }) => ({ connection: { port }, unreachable: { port: await freePort() } }),
  }),
);
