/**
 * The agent in a container, over `docker exec`: its line goes by the daemon, not by the cluster's network, so that no fault of that network
 * cuts it. The program is copied into the container and runs as long as the line is open.
 */
import { execa } from 'execa';
import { AgentLine } from '../netns/line.js';
import type { Docker } from './docker.js';

/** Not below /run and /tmp: kind mounts both without the right to run programs. Every image has a root, and some no other folder. */
const PROGRAM = '/windtunnel-agent';
const READY_MAX_MS = 30_000;

export interface NodeLine {
  readonly line: AgentLine;
  close(): Promise<void>;
}

export async function openNodeLine(
  docker: Docker,
  container: string,
  program: string,
  { readyMaxMs = READY_MAX_MS } = {},
): Promise<NodeLine> {
  await docker.text(['cp', '--follow-link', program, `${container}:${PROGRAM}`]);
  const running = execa('docker', ['exec', '--interactive', container, PROGRAM, 'serve'], {
    env: docker.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
  });
  const line = new AgentLine(running.stdin, running.stdout);
  let said = '';
  running.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-500);
  });
  void running.then(({ exitCode, signal }) =>
    line.break(`the agent in ${container} ended (${signal ?? exitCode}) ${said.trim()}`.trim()),
  );
  const timer = setTimeout(() => line.break(`the agent in ${container} did not start`), readyMaxMs);
  try {
    await line.ready();
  } catch (error) {
    // Left alone it would outlive whoever asked.
    running.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    line,
    close: async () => {
      running.stdin.end();
      await running;
      await docker.exec(container, ['rm', '-f', PROGRAM]);
    },
  };
}
