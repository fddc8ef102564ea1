/** A port of the range that no container has published. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { Docker } from './docker.js';
import { freePortOf } from './ports.js';
import { StandIns } from './stand-in.js';

function free(folder: string, ports: string, first: number, last: number): Promise<number> {
  writeFileSync(new StandIns(folder).file('ports'), ports);
  return freePortOf(new Docker(), { first, last });
}

t.test('the first that is free', async (t) => {
  t.equal(await free(t.testdir(), '', 36443, 36452), 36443);
});

t.test('published ports are passed over, those of a range too; those of the container are no matter', async (t) => {
  const ports = '127.0.0.1:36443->6443/tcp\n36447/tcp\n0.0.0.0:36444-36446->80-82/tcp, :::36444-36446->80-82/tcp\n';
  t.equal(await free(t.testdir(), ports, 36443, 36452), 36447);
});

t.test('none is free: the setting is named', async (t) => {
  const taken = '127.0.0.1:36443->6443/tcp\n127.0.0.1:36444->6443/tcp\n';
  await t.rejects(free(t.testdir(), taken, 36443, 36444), {
    message: 'every port from 36443 to 36444 is taken',
    exitCode: ExitCode.infraError,
    hint: /^backends\.kind\.apiServerPorts in windtunnel/,
  });
});
