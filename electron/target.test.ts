import { describe, expect, it } from 'vitest';
import { chooseTarget, type Surroundings } from './target.ts';

const SOURCE: Surroundings = {
  kind: 'source',
  applicationFolder: '/copy',
  userDataFolder: '/home/operator/.config/forebay',
  workingFolder: '/srv/hydro',
  serviceFolder: '/var/lib/forebay',
};
const INSTALLED: Surroundings = { ...SOURCE, kind: 'installed', applicationFolder: '/opt/Forebay/resources/app' };

describe('chooseTarget', () => {
  it('is the simulated plant of npm start when nothing is named', () => {
    expect(chooseTarget(['/copy'], SOURCE)).toEqual({
      attachFolders: ['/copy/.demo'],
      command: ['demo', '--data', '/copy/.demo'],
    });
  });

  it('looks for the system service first when installed', () => {
    expect(chooseTarget([], INSTALLED)).toEqual({
      attachFolders: ['/var/lib/forebay', '/home/operator/.config/forebay/demo'],
      command: ['demo', '--data', '/home/operator/.config/forebay/demo'],
    });
  });

  it('runs a named plant, with paths from the working folder', () => {
    const options = ['--config', 'plant.yaml', '--data=run', '--port', '8741', '--shadow'];
    expect(chooseTarget(options, INSTALLED)).toEqual({
      attachFolders: ['/srv/hydro/run'],
      command: ['start', '--config', '/srv/hydro/plant.yaml', '--data', '/srv/hydro/run', '--port', '8741', '--shadow'],
    });
    expect(chooseTarget(['--config', '/etc/plant.yaml'], SOURCE).command).toEqual([
      'start',
      '--config',
      '/etc/plant.yaml',
      '--data',
      '/home/operator/.config/forebay/plant',
    ]);
  });

  it('simulates a plant in a named folder when asked to', () => {
    expect(chooseTarget(['--demo', '--data', '/d', '--port', '8742'], INSTALLED)).toEqual({
      attachFolders: ['/d'],
      command: ['demo', '--data', '/d', '--port', '8742'],
    });
  });

  it("is not confused by Chromium's own switches", () => {
    const options = ['--inspect=0', '--remote-debugging-port=0', '/copy', '--data', '/d', '--no-sandbox'];
    expect(chooseTarget(options, SOURCE)).toEqual({ attachFolders: ['/d'], command: ['start', '--data', '/d'] });
  });
});
