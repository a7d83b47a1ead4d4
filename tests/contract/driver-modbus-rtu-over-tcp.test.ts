import { modbusRtuOverTcp } from '../../drivers/modbus/modbus-rtu-over-tcp.ts';
import { RTU_FRAMING } from '../fault/modbus-framing.ts';
import { freePort } from '../fixtures/free-port.ts';
import { driverContract } from './driver-contract.ts';
import { modbusSubject } from './modbus-subject.ts';

driverContract('modbus-rtu-over-tcp', () =>
  modbusSubject({
    driver: modbusRtuOverTcp,
    framing: RTU_FRAMING,
    reach: async ({ port }) => ({ connection: { port }, unreachable: { port: await freePort() } }),
  }),
);
