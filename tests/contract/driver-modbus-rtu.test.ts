import { modbusRtu } from '../../drivers/modbus/modbus-rtu.ts';
import { RTU_FRAMING } from '../fault/modbus-framing.ts';
import { startPtyToTcp } from '../peers/start-pty.ts';
import { driverContract } from './driver-contract.ts';
import { modbusSubject } from './modbus-subject.ts';

driverContract('modbus-rtu', () =>
  modbusSubject({
    driver: modbusRtu,
    framing: RTU_FRAMING,
    reach: async ({ port }) => {
      const pty = await startPtyToTcp(port);
      return {
        connection: { path: pty.ours, baudRate: 115_200, parity: 'none' },
        unreachable: { path: `${pty.ours}-absent` },
        close: () => pty.close(),
      };
    },
  }),
);
